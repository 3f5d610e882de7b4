<?php
// Scenarios about connections and channels that end, and that come back.
declare(strict_types=1);

use PhpAmqpLib\Channel\AMQPChannel;
use PhpAmqpLib\Exception\AMQPConnectionClosedException;
use PhpAmqpLib\Exception\AMQPProtocolChannelException;
use PhpAmqpLib\Message\AMQPMessage;

/** The library has no recovery of its own but the connection's reconnect(). */
function reconnect_after_restart(Session $session): void
{
    $total = 100;
    $exchange = $session->exchange('direct');
    $queue = $session->durableQueue('backlog');
    $session->channel->queue_bind($queue, $exchange, 'kept');
    $session->channel->confirm_select();
    $sent = array_map(fn (int $i) => "kept $i", range(0, $total - 1));
    foreach ($sent as $text) {
        $session->channel->basic_publish(persistent($text), $exchange, 'kept', mandatory: true);
    }
    $session->channel->wait_for_pending_acks_returns(WAIT);
    $idle = $session->connection->channel();
    $idle->basic_consume($session->durableQueue('idle'));

    restart_broker();
    try {
        $idle->wait(timeout: WAIT);
        throw new Exception('the connection outlived its broker');
    } catch (AMQPConnectionClosedException) {
        // Its code is no witness: the library answers the broker's close first, to a socket that is gone by now.
    }

    $session->connection->reconnect();
    $session->channel = $session->connection->channel();
    equal($total, $session->ready($queue), 'backlog after the restart');
    $inbox = Inbox::of($session->channel, $queue, true);
    equal($sent, $inbox->takeTexts($total), 'backlog');
    $session->channel->basic_publish(new AMQPMessage('after'), $exchange, 'kept');
    equal(['after'], $inbox->takeTexts(1), 'message after the restart');
}

function channel_errors(Session $session): void
{
    $queue = $session->durableQueue('declared');
    $missing = $session->name('missing');
    expect_close($session, 404, "NOT_FOUND - no queue '$missing' in vhost '/'",
        fn (AMQPChannel $channel) => $channel->queue_declare($missing, passive: true));
    expect_close($session, 406, "PRECONDITION_FAILED - inequivalent arg 'durable' for queue '$queue' in vhost '/': "
        . "received 'false' but current is 'true'",
        fn (AMQPChannel $channel) => $channel->queue_declare($queue, durable: false, auto_delete: false));
    expect_close($session, 403, null,
        fn (AMQPChannel $channel) => $channel->exchange_declare('amq.forbidden', 'direct'));
    $other = Session::connect();
    [$exclusive] = $other->channel()->queue_declare(exclusive: true);
    expect_close($session, 405, null,
        fn (AMQPChannel $channel) => $channel->queue_declare($exclusive, passive: true));
    $other->close();
    equal(0, $session->ready($queue), 'the first channel still works');
}

function expect_close(Session $session, int $code, ?string $text, callable $operation): void
{
    $channel = $session->connection->channel();
    try {
        $operation($channel);
    } catch (AMQPProtocolChannelException $closed) {
        equal($code, $closed->amqp_reply_code, 'reply code');
        equal($text ?? $closed->amqp_reply_text, $closed->amqp_reply_text, 'reply text');
        check(!$channel->is_open() && $session->connection->isConnected(), 'the channel alone closes');
        return;
    }
    throw new Exception("no error, where $code was expected");
}

function many_channels(Session $session): void
{
    $total = 200;
    $queue = $session->durableQueue('shared');
    $channels = [];
    for ($i = 0; $i < $total; $i++) {
        $channels[] = $session->connection->channel();
    }
    foreach ($channels as $channel) {
        $channel->basic_publish(new AMQPMessage((string) $channel->getChannelId()), '', $queue);
    }
    equal($total, count(array_unique(Inbox::of($session->channel, $queue, true)->takeTexts($total))), 'messages');
    foreach ($channels as $channel) {
        $channel->close();
    }
    check($session->connection->channel()->getChannelId() <= $total + 1, 'channel numbers are used again');
}
