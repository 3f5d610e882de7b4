"""usage: pika_client.py PORT: a bit of everything that pika can say."""
import datetime
import decimal
import sys

import pika
import pika.exceptions

HEADERS = {
    "text": "grüße", "empty": "", "yes": True, "no": False, "none": None,
    "small": 7, "negative": -70_000, "large": 2**40, "huge": -(2**62),
    "price": decimal.Decimal("12.345"), "when": datetime.datetime(2024, 5, 6, 7, 8, 9),
    "list": [1, "two", [3, {"four": 4}], None], "table": {"a": {"b": {"c": "d"}}, "e": []}, "blob": b"\x00\xff",
}
EVERYTHING = pika.BasicProperties(
    content_type="application/json", content_encoding="utf-8", headers=HEADERS, delivery_mode=2, priority=5,
    correlation_id="correlation", reply_to="reply", expiration="60000", message_id="message", timestamp=1700000000,
    type="type", user_id="guest", app_id="app", cluster_id="cluster")


def connect(**more):
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", int(sys.argv[1]), **more))


def declare(channel):
    channel.exchange_declare("pika.topic", "topic", durable=True)
    channel.exchange_declare("pika.headers", "headers", auto_delete=False, arguments={"alternate-exchange": "amq.fanout"})
    channel.exchange_declare("pika.inner", "fanout", internal=True)
    channel.exchange_declare("pika.topic", passive=True)
    channel.exchange_bind("pika.inner", "pika.topic", "#", {"note": "all"})
    channel.queue_declare("pika.q", durable=True, arguments={"x-message-ttl": 600000, "x-max-length": 1000, "x-dead-letter-exchange": ""})
    channel.queue_declare("", exclusive=True, auto_delete=True)
    channel.queue_bind("pika.q", "pika.topic", "a.*.c")
    channel.queue_bind("pika.q", "pika.headers", "", {"x-match": "any", "text": "x", "number": 5})


def publish(channel):
    channel.confirm_delivery()
    channel.basic_publish("pika.topic", "a.b.c", b"hello", EVERYTHING)
    channel.basic_publish("", "pika.q", b"")
    channel.basic_publish("", "pika.q", bytes(range(256)) * 40, pika.BasicProperties(delivery_mode=1))
    channel.basic_publish("pika.headers", "", b"x", pika.BasicProperties(headers={"text": "x"}))
    try:
        channel.basic_publish("amq.direct", "nowhere", b"back", mandatory=True)
    except pika.exceptions.UnroutableError:
        pass


def consume(channel):
    channel.basic_qos(prefetch_count=10)
    channel.basic_qos(prefetch_count=20, global_qos=True)
    for method, _, _ in channel.consume("pika.q", inactivity_timeout=5):
        if method.delivery_tag == 1:
            channel.basic_nack(1, multiple=False, requeue=True)
        elif method.delivery_tag == 2:
            channel.basic_reject(2, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag, multiple=True)
        if method.redelivered:
            break
    channel.cancel()
    channel.basic_consume("pika.q", lambda *_: None, auto_ack=True, consumer_tag="tag", arguments={"x-priority": 3})
    channel.basic_cancel("tag")
    channel.basic_recover(True)


def get(channel):
    channel.basic_publish("", "pika.q", b"one to get")
    channel.basic_get("pika.q", auto_ack=False)
    channel.basic_get("pika.q", auto_ack=True)
    channel.basic_get("pika.q")
    channel.flow(True) if hasattr(channel, "flow") else None


def transact(channel):
    channel.tx_select()
    channel.basic_publish("", "pika.q", b"in a transaction")
    channel.tx_commit()
    channel.basic_publish("", "pika.q", b"never")
    channel.tx_rollback()


def fail(connection):
    channel = connection.channel()
    try:
        channel.queue_declare("pika.missing", passive=True)
    except pika.exceptions.ChannelClosedByBroker:
        pass
    channel = connection.channel()
    channel.queue_declare("pika.gone")
    channel.basic_consume("pika.gone", lambda *_: None)
    channel.queue_delete("pika.gone")  # brings a basic.cancel from the server
    connection.process_data_events(0.2)


def clean(channel):
    channel.queue_purge("pika.q")
    channel.queue_unbind("pika.q", "pika.topic", "a.*.c")
    channel.exchange_unbind("pika.inner", "pika.topic", "#", {"note": "all"})
    channel.queue_delete("pika.q", if_unused=True, if_empty=True)
    channel.exchange_delete("pika.topic", if_unused=True)
    channel.exchange_delete("pika.headers")
    channel.exchange_delete("pika.inner")


with connect(frame_max=4096, heartbeat=5, client_properties={"connection_name": "golden"}) as connection:
    first = connection.channel()
    declare(first)
    publish(first)
    consume(first)
    get(first)
    transact(connection.channel())
    fail(connection)
    connection.sleep(6)  # a heartbeat each way
    clean(first)

try:
    with connect() as refused:
        refused.channel().exchange_declare("pika.x", "no-such-type")
except pika.exceptions.ConnectionClosedByBroker:
    pass
