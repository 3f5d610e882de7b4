<?php
declare(strict_types=1);

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Message\AMQPMessage;

/** Keeps what one or several consumers of a connection receive, in the order of arrival, until the scenario takes it. */
final class Inbox
{
    /** @var AMQPMessage[] */
    private array $messages = [];

    /** @var array<string, int> */
    private array $received = [];

    private ?AMQPChannel $channel = null;

    /** Adds a consumer; returns its tag. */
    public function consume(AMQPChannel $channel, string $queue, bool $autoAck): string
    {
        // Reading for one channel handles what arrives for the others of the connection once they are read for.
        $this->channel ??= $channel;
        return $channel->basic_consume($queue, no_ack: $autoAck, callback: function (AMQPMessage $message): void {
            $tag = $message->getConsumerTag();
            $this->received[$tag] = ($this->received[$tag] ?? 0) + 1;
            $this->messages[] = $message;
        });
    }

    public static function of(AMQPChannel $channel, string $queue, bool $autoAck): self
    {
        $inbox = new self();
        $inbox->consume($channel, $queue, $autoAck);
        return $inbox;
    }

    public function receivedBy(string $tag): int
    {
        return $this->received[$tag] ?? 0;
    }

    public function take(): AMQPMessage
    {
        while ($this->messages === []) {
            $this->channel->wait(timeout: WAIT);
        }
        return array_shift($this->messages);
    }

    public function takeTexts(int $count): array
    {
        $texts = [];
        while (count($texts) < $count) {
            $texts[] = $this->take()->getBody();
        }
        return $texts;
    }
}
