<?php
// php-amqplib: runs the scenario that the command line names and prints the verdict.
declare(strict_types=1);

// Debian's php-amqplib 3.5 is older than the PHP it comes with: its deprecations are no matter of ours.
error_reporting(E_ALL & ~E_DEPRECATED);
ini_set('display_errors', 'stderr');

require 'PhpAmqpLib/autoload.php';
foreach (['session', 'inbox', 'consuming', 'routing', 'publishing', 'properties', 'lifecycle'] as $part) {
    require __DIR__ . "/$part.php";
}

const SCENARIOS = [
    'work_queue', 'publish_subscribe', 'routing', 'topics', 'headers', 'rpc_direct_reply_to', 'confirms', 'returns',
    'dead_letter_retry', 'transactions', 'large_bodies', 'properties_and_headers', 'reconnect_after_restart',
    'channel_errors', 'consumer_cancel_notification', 'many_channels',
];

$scenario = $argv[1] ?? '';
if (!in_array($scenario, SCENARIOS, true)) {
    echo 'FAIL usage: main.php ', implode('|', SCENARIOS), "\n";
    exit(1);
}

try {
    $session = new Session();
    $scenario($session);
    $session->close();
    echo "PASS\n";
} catch (Throwable $failure) {
    fwrite(STDERR, "$failure\n");
    echo 'FAIL ', get_class($failure), ': ', strtr($failure->getMessage(), "\n", ' '), "\n";
    exit(1);
}
