<?php
// Scenarios about publishers.
declare(strict_types=1);

use PhpAmqpLib\Message\AMQPMessage;

function confirms(Session $session): void
{
    $total = 1000;
    $channel = $session->channel;
    $queue = $session->durableQueue('confirmed');
    $confirmed = 0;
    $channel->set_ack_handler(function () use (&$confirmed): void {
        $confirmed++;
    });
    $channel->set_nack_handler(fn (AMQPMessage $message) => throw new Exception("refused: {$message->getBody()}"));
    $channel->confirm_select();
    $sent = array_map('strval', range(0, $total - 1));
    foreach ($sent as $text) {
        $channel->basic_publish(persistent($text), '', $queue, mandatory: true);
    }
    $channel->wait_for_pending_acks_returns(WAIT);

    // What is confirmed counts at once.
    equal($total, $session->ready($queue), 'messages in the queue');
    equal($total, $confirmed, 'confirmed messages');
    equal($sent, $session->drain($queue), 'messages');
}

function returns(Session $session): void
{
    $channel = $session->channel;
    $nowhere = $session->name('nowhere');
    $queue = $session->durableQueue('somewhere');
    $events = [];
    $channel->set_return_listener(
        function (int $code, string $reason, string $exchange, string $key, AMQPMessage $message) use (&$events): void {
            $events[] = "return $code $reason $key {$message->get('message_id')} {$message->getBody()}";
        }
    );
    $channel->set_ack_handler(function (AMQPMessage $message) use (&$events): void {
        $events[] = "ack {$message->getBody()}";
    });
    $channel->confirm_select();
    foreach ([['lost', $nowhere, true], ['kept', $queue, true], ['dropped', $nowhere, false]] as [$text, $key, $mandatory]) {
        $channel->basic_publish(new AMQPMessage($text, ['message_id' => "id-$text"]), '', $key, $mandatory);
        $channel->wait_for_pending_acks_returns(WAIT);
    }
    // Neither a message that is routed comes back, nor one that is not mandatory.
    equal(["return 312 NO_ROUTE $nowhere id-lost lost", 'ack lost', 'ack kept', 'ack dropped'], $events, 'events');
    equal(['kept'], $session->drain($queue), 'queue');
}

function transactions(Session $session): void
{
    $queue = $session->durableQueue('transacted');
    $transaction = $session->connection->channel();
    $transaction->tx_select();
    $transaction->basic_publish(new AMQPMessage('rolled back'), '', $queue);
    $transaction->tx_rollback();
    $transaction->basic_publish(new AMQPMessage('committed 1'), '', $queue);
    $transaction->basic_publish(new AMQPMessage('committed 2'), '', $queue);
    equal(0, $session->ready($queue), 'messages before the commit');
    $transaction->tx_commit();
    equal(2, $session->ready($queue), 'messages after the commit');

    // An acknowledgement that is rolled back leaves the message unacknowledged; it may be acknowledged again.
    $first = $transaction->basic_get($queue);
    equal('committed 1', $first->getBody(), 'first message');
    $transaction->basic_ack($first->getDeliveryTag());
    $transaction->tx_rollback();
    $transaction->basic_ack($first->getDeliveryTag());
    $transaction->tx_commit();

    // One that is never committed gives the message back.
    $second = $transaction->basic_get($queue);
    $transaction->basic_ack($second->getDeliveryTag());
    $transaction->close();
    equal(['committed 2'], $session->drain($queue), "messages after the channel's end");
}

function large_bodies(Session $session): void
{
    $queue = $session->durableQueue('bodies');
    $publisher = $session->connection->channel();
    $publisher->confirm_select();
    foreach ([0, 1, 131063, 131064, 131065, 131071, 131072, 131073, 262144, 5 * 1024 * 1024] as $size) {
        $body = $size === 0 ? '' : random_bytes($size);
        $publisher->basic_publish(persistent($body), '', $queue);
        $publisher->wait_for_pending_acks(WAIT);
        $got = $session->channel->basic_get($queue);
        check($got->getBody() === $body, "$size bytes came back changed from basic.get");
        $got->nack(requeue: true);
        $consuming = $session->connection->channel();
        $pushed = Inbox::of($consuming, $queue, true)->take();
        check($pushed->getBody() === $body, "$size bytes came back changed from a consumer");
        $consuming->close();
    }
}
