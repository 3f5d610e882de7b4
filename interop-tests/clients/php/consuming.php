<?php
// Scenarios about consumers.
declare(strict_types=1);

use PhpAmqpLib\Exception\AMQPBasicCancelException;
use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to';

function work_queue(Session $session): void
{
    foreach ([1, 10] as $prefetch) {
        work_queue_with($session, $prefetch);
    }
}

/** The library reads for one channel at a time, so the three workers share a channel: the prefetch counts for each. */
function work_queue_with(Session $session, int $prefetch): void
{
    $total = 200;
    $workers = 3;
    $queue = $session->durableQueue("work-$prefetch");
    $publisher = $session->connection->channel();
    $publisher->confirm_select();
    $sent = array_map(fn (int $i) => sprintf('task %03d', $i), range(0, $total - 1));
    foreach ($sent as $task) {
        $publisher->basic_publish(persistent($task), '', $queue);
    }
    $publisher->wait_for_pending_acks(WAIT);
    $publisher->close();

    $channel = $session->connection->channel();
    $channel->basic_qos(0, $prefetch, false);
    $inbox = new Inbox();
    $acknowledged = [];
    for ($i = 0; $i < $workers; $i++) {
        $acknowledged[$inbox->consume($channel, $queue, false)] = 0;
    }

    // While nobody acknowledges, every worker gets its prefetch and then no more.
    $held = [];
    while (count($held) < $workers * $prefetch) {
        $held[] = $inbox->take();
    }
    equal($total - $workers * $prefetch, $session->ready($queue), 'messages still ready');
    foreach (array_keys($acknowledged) as $worker) {
        equal($prefetch, $inbox->receivedBy($worker), 'messages before any acknowledgement');
    }

    // Then each acknowledgement brings one message more, until there are none.
    $done = [];
    while ($message = array_shift($held)) {
        $acknowledged[$message->getConsumerTag()]++;
        $message->ack();
        $done[] = $message->getBody();
        if (count($done) + count($held) < $total) {
            $held[] = $inbox->take();
        }
        foreach ($acknowledged as $worker => $acks) {
            check($inbox->receivedBy($worker) - $acks <= $prefetch, "more unacknowledged than the prefetch of $prefetch");
        }
    }

    sort($done);
    equal($sent, $done, 'tasks done');
    $channel->close();
    equal(0, $session->ready($queue), 'messages left');
}

function rpc_direct_reply_to(Session $session): void
{
    $requests = $session->durableQueue('rpc');
    $serverConnection = Session::connect();
    $server = $serverConnection->channel();
    $server->basic_consume($requests, callback: function (AMQPMessage $request) use ($server): void {
        $number = (int) $request->getBody();
        $answer = new AMQPMessage((string) ($number * $number), ['correlation_id' => $request->get('correlation_id')]);
        $server->basic_publish($answer, '', $request->get('reply_to'));
        $request->ack();
    });

    $replies = Inbox::of($session->channel, DIRECT_REPLY_TO, true);
    for ($i = 1; $i <= 100; $i++) {
        $call = new AMQPMessage((string) $i, ['reply_to' => DIRECT_REPLY_TO, 'correlation_id' => "call-$i"]);
        $session->channel->basic_publish($call, '', $requests);
        $server->wait(timeout: WAIT);
        $reply = $replies->take();
        equal((string) ($i * $i), $reply->getBody(), 'reply');
        equal("call-$i", $reply->get('correlation_id'), 'correlation id');
    }
    $serverConnection->close();
}

/** The usual retry loop: rejected messages wait in a queue without consumers until their TTL brings them back. */
function dead_letter_retry(Session $session): void
{
    $attempts = 3;
    $channel = $session->channel;
    $retries = $session->exchange('direct');
    $parking = $session->durableQueue('parking');
    $work = $session->durableQueue('work', ['x-dead-letter-exchange' => $retries, 'x-dead-letter-routing-key' => 'wait']);
    $waiting = $session->durableQueue('waiting', [
        'x-message-ttl' => 100, 'x-dead-letter-exchange' => '', 'x-dead-letter-routing-key' => $work,
    ]);
    $channel->queue_bind($waiting, $retries, 'wait');

    $channel->basic_publish(persistent('poison'), '', $work);
    $inbox = Inbox::of($channel, $work, false);
    for ($attempt = 0; $attempt < $attempts; $attempt++) {
        $message = $inbox->take();
        equal('poison', $message->getBody(), 'message');
        equal($attempt, deaths($message, $work, 'rejected'), 'rejections so far');
        equal($attempt, deaths($message, $waiting, 'expired'), 'expiries so far');
        $message->reject(requeue: false);
    }

    $last = $inbox->take();
    equal($attempts, deaths($last, $work, 'rejected'), 'rejections at the end');
    $headers = $last->get('application_headers')->getNativeData();
    equal($work, $headers['x-first-death-queue'], 'x-first-death-queue');
    equal('rejected', $headers['x-first-death-reason'], 'x-first-death-reason');
    $channel->basic_publish(new AMQPMessage($last->getBody(), $last->get_properties()), '', $parking);
    $last->ack();
    $parked = Inbox::of($channel, $parking, true)->take();
    equal('poison', $parked->getBody(), 'parked message');
    equal($attempts, deaths($parked, $work, 'rejected'), 'rejections of the parked message');
}

function deaths(AMQPMessage $message, string $queue, string $reason): int
{
    /** @var AMQPTable $headers */
    $headers = $message->has('application_headers') ? $message->get('application_headers') : new AMQPTable();
    $matching = array_filter(
        $headers->getNativeData()['x-death'] ?? [],
        fn (array $death) => $death['queue'] === $queue && $death['reason'] === $reason
    );
    return array_sum(array_column($matching, 'count'));
}

function consumer_cancel_notification(Session $session): void
{
    $queue = $session->durableQueue('deleted');
    $consuming = $session->connection->channel();
    $tag = $consuming->basic_consume($queue);
    $session->channel->queue_delete($queue);
    try {
        $consuming->wait(timeout: WAIT);
        throw new Exception('the consumer was not cancelled');
    } catch (AMQPBasicCancelException $cancel) {
        equal($tag, $cancel->consumerTag, 'cancelled consumer');
    }
    $consuming->queue_declare(exclusive: true);
}
