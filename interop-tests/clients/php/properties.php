<?php
// The scenario about what a message carries besides its body.
declare(strict_types=1);

use PhpAmqpLib\Message\AMQPMessage;
use PhpAmqpLib\Wire\AMQPAbstractCollection as Type;
use PhpAmqpLib\Wire\AMQPArray;
use PhpAmqpLib\Wire\AMQPDecimal;
use PhpAmqpLib\Wire\AMQPTable;

function properties_and_headers(Session $session): void
{
    $queue = $session->durableQueue('properties');
    $properties = [
        'content_type' => 'text/plain',
        'content_encoding' => 'utf-8',
        'delivery_mode' => 2,
        'priority' => 7,
        'correlation_id' => 'correlation',
        'reply_to' => 'reply.queue',
        'expiration' => '3600000',
        'message_id' => 'message',
        'timestamp' => 1700000001,
        'type' => 'type',
        'user_id' => getenv('AMQP_USER'),
        'app_id' => 'app',
        'cluster_id' => 'cluster',
    ];
    $headers = all_headers();
    $sent = new AMQPMessage('body', $properties + ['application_headers' => $headers]);
    $session->channel->basic_publish($sent, '', $queue);
    $session->channel->basic_publish(new AMQPMessage('none'), '', $queue);

    $inbox = Inbox::of($session->channel, $queue, true);
    $got = $inbox->take()->get_properties();
    equal(described($headers), described($got['application_headers']), 'headers');
    unset($got['application_headers']);
    ksort($got);
    ksort($properties);
    // The library gives a timestamp as it read it, a string of digits.
    $got['timestamp'] = (int) $got['timestamp'];
    equal($properties, $got, 'properties');
    equal([], $inbox->take()->get_properties(), 'absent properties');
}

/** Every type of header value that the library can send; it reads floats, but writes none. */
function all_headers(): AMQPTable
{
    $headers = new AMQPTable([
        'text' => 'häder ✓',
        'empty text' => '',
        'true' => true,
        'false' => false,
        'int' => -2147483648,
        'long' => PHP_INT_MIN,
        'decimal' => new AMQPDecimal(12345, 2),
        'timestamp' => new DateTime('@1700000000'),
        'void' => null,
        'table' => ['nested' => ['deep' => ['deeper' => 1]], 'list' => [1, 'two', null, []]],
        'list' => [['a' => true], [1]],
        'empty list' => [],
    ]);
    $headers->set('empty table', new AMQPTable());
    $headers->set('byte', -128, Type::T_INT_SHORTSHORT);
    $headers->set('unsigned byte', 255, Type::T_INT_SHORTSHORT_U);
    $headers->set('short', -32768, Type::T_INT_SHORT);
    $headers->set('unsigned short', 65535, Type::T_INT_SHORT_U);
    $headers->set('unsigned int', 4294967295, Type::T_INT_LONG_U);
    $headers->set('bytes', "\0\1\xff", Type::T_BYTES);
    return $headers;
}

/** Each value with its type on the wire; tables sorted, since their order says nothing. */
function described(Type $collection): array
{
    $entries = [];
    foreach ($collection as $key => [$type, $value]) {
        $entries[$key] = [$type, match (true) {
            $value instanceof Type => described($value),
            $value instanceof AMQPDecimal => $value->asBCvalue(),
            $value instanceof DateTimeInterface => $value->getTimestamp(),
            $type === Type::T_TIMESTAMP => (int) $value,
            $type === Type::T_BOOL => (bool) $value,
            $type === Type::T_BYTES => bin2hex($value),
            is_int($value) => (string) $value,
            default => $value,
        }];
    }
    if ($collection instanceof AMQPTable) {
        ksort($entries);
    }
    return $entries;
}
