<?php
// Scenarios about exchanges and bindings.
declare(strict_types=1);

use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPTable;

function publish_subscribe(Session $session): void
{
    $news = $session->exchange('fanout');
    $subscribers = [];
    for ($i = 0; $i < 3; $i++) {
        $channel = $session->connection->channel();
        [$queue] = $channel->queue_declare(exclusive: true);
        check(str_starts_with($queue, 'amq.gen-'), "the server names a queue $queue");
        $channel->queue_bind($queue, $news);
        $subscribers[] = Inbox::of($channel, $queue, true);
    }

    $sent = array_map(fn (int $i) => "news $i", range(0, 49));
    foreach ($sent as $text) {
        $session->channel->basic_publish(new AMQPMessage($text), $news, 'ignored');
    }
    foreach ($subscribers as $subscriber) {
        equal($sent, $subscriber->takeTexts(count($sent)), "one subscriber's news");
    }
}

function routing(Session $session): void
{
    $logs = $session->exchange('direct');
    $bindings = ['errors' => ['error'], 'all' => ['info', 'warning', 'error'], 'fatal' => ['fatal']];
    foreach ($bindings as $queue => $keys) {
        bind($session, $queue, $logs, $keys);
    }
    $sent = ['info', 'error', 'debug', 'warning', 'error', 'Error'];
    publish_confirmed($session, $logs, $sent);
    foreach ($bindings as $queue => $keys) {
        $expected = array_values(array_filter($sent, fn (string $key) => in_array($key, $keys, true)));
        equal($expected, $session->drain($session->name($queue)), "queue $queue");
    }
}

function topics(Session $session): void
{
    $animals = $session->exchange('topic');
    $keys = [
        'quick.orange.rabbit', 'lazy.orange.elephant', 'quick.orange.fox', 'lazy.brown.fox', 'lazy.pink.rabbit',
        'quick.brown.fox', 'orange', 'quick.orange.new.rabbit', 'lazy.orange.new.rabbit', 'lazy', 'a..b', '',
    ];
    $expected = [
        '*.orange.*' => ['quick.orange.rabbit', 'lazy.orange.elephant', 'quick.orange.fox'],
        '*.*.rabbit' => ['quick.orange.rabbit', 'lazy.pink.rabbit'],
        'lazy.#' => ['lazy.orange.elephant', 'lazy.brown.fox', 'lazy.pink.rabbit', 'lazy.orange.new.rabbit', 'lazy'],
        '#.rabbit' => ['quick.orange.rabbit', 'lazy.pink.rabbit', 'quick.orange.new.rabbit', 'lazy.orange.new.rabbit'],
        'quick.#.rabbit' => ['quick.orange.rabbit', 'quick.orange.new.rabbit'],
        'a.*.b' => ['a..b'],
        '*' => ['orange', 'lazy'],
        '#' => $keys,
    ];
    foreach (array_keys($expected) as $pattern) {
        bind($session, $pattern, $animals, [$pattern]);
    }
    publish_confirmed($session, $animals, $keys);
    foreach ($expected as $pattern => $texts) {
        equal($texts, $session->drain($session->name($pattern)), "queue bound with $pattern");
    }
}

function headers(Session $session): void
{
    $reports = $session->exchange('headers');
    foreach (['all', 'any'] as $match) {
        $session->channel->queue_declare($session->name($match), exclusive: true);
        $arguments = new AMQPTable(['x-match' => $match, 'format' => 'pdf', 'pages' => 3]);
        $session->channel->queue_bind($session->name($match), $reports, arguments: $arguments);
    }

    $sent = [
        'both' => ['format' => 'pdf', 'pages' => 3, 'more' => true],
        'one' => ['format' => 'zip', 'pages' => 3],
        'none' => ['format' => 'zip', 'pages' => 4],
    ];
    $publisher = $session->connection->channel();
    $publisher->confirm_select();
    foreach ($sent as $text => $headers) {
        $publisher->basic_publish(new AMQPMessage($text, ['application_headers' => new AMQPTable($headers)]), $reports);
    }
    $publisher->basic_publish(new AMQPMessage('no headers'), $reports);
    $publisher->wait_for_pending_acks(WAIT);
    equal(['both'], $session->drain($session->name('all')), 'queue all');
    equal(['both', 'one'], $session->drain($session->name('any')), 'queue any');
}

function bind(Session $session, string $queue, string $exchange, array $keys): void
{
    $session->channel->queue_declare($session->name($queue), exclusive: true);
    foreach ($keys as $key) {
        $session->channel->queue_bind($session->name($queue), $exchange, $key);
    }
}

/** Publishes each key as a message's key and text; what is confirmed can be got. */
function publish_confirmed(Session $session, string $exchange, array $keys): void
{
    $publisher = $session->connection->channel();
    $publisher->confirm_select();
    foreach ($keys as $key) {
        $publisher->basic_publish(new AMQPMessage($key), $exchange, $key);
    }
    $publisher->wait_for_pending_acks(WAIT);
}
