<?php
declare(strict_types=1);

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Connection\AMQPStreamConnection;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

/** The limit of one wait, in seconds. */
const WAIT = 20.0;

/** What every scenario needs: a connection with a channel and names of its own. */
final class Session
{
    public AMQPStreamConnection $connection;
    public AMQPChannel $channel;

    public function __construct()
    {
        $this->connection = self::connect();
        $this->channel = $this->connection->channel();
    }

    public static function connect(): AMQPStreamConnection
    {
        return new AMQPStreamConnection(
            getenv('AMQP_HOST'), getenv('AMQP_PORT'), getenv('AMQP_USER'), getenv('AMQP_PASSWORD'), getenv('AMQP_VHOST'),
            connection_timeout: WAIT, read_write_timeout: WAIT, channel_rpc_timeout: WAIT
        );
    }

    public function close(): void
    {
        $this->connection->close();
    }

    /** A name that no other run uses. */
    public function name(string $suffix): string
    {
        return getenv('AMQP_PREFIX') . ".$suffix";
    }

    public function durableQueue(string $suffix, array $arguments = []): string
    {
        $queue = $this->name($suffix);
        $this->channel->queue_declare($queue, durable: true, auto_delete: false, arguments: new AMQPTable($arguments));
        return $queue;
    }

    public function exchange(string $type, bool $durable = true): string
    {
        $exchange = $this->name($type);
        $this->channel->exchange_declare($exchange, $type, durable: $durable, auto_delete: false);
        return $exchange;
    }

    /** How many messages wait in a queue. */
    public function ready(string $queue): int
    {
        return $this->channel->queue_declare($queue, passive: true)[1];
    }

    /** Takes all that waits in a queue. */
    public function drain(string $queue): array
    {
        $texts = [];
        while ($message = $this->channel->basic_get($queue, no_ack: true)) {
            $texts[] = $message->getBody();
        }
        return $texts;
    }
}

function persistent(string $body): AMQPMessage
{
    return new AMQPMessage($body, ['delivery_mode' => AMQPMessage::DELIVERY_MODE_PERSISTENT]);
}

/** Asks the runner to restart the broker and waits until it serves again. */
function restart_broker(): void
{
    echo "CONTROL restart\n";
    equal('restarted', trim((string) fgets(STDIN)), "the runner's answer");
}

function equal(mixed $expected, mixed $actual, string $what): void
{
    check($expected === $actual, "$what: expected " . shown($expected) . ', got ' . shown($actual));
}

function check(bool $condition, string $what): void
{
    if (!$condition) {
        throw new Exception($what);
    }
}

function shown(mixed $value): string
{
    return substr(json_encode($value, JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_UNICODE), 0, 1000);
}
