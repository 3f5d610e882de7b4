"""pika, with its BlockingConnection and, for confirms in flight, its SelectConnection."""

import os
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

import pika
from pika.exceptions import ConnectionClosedByBroker, UnroutableError

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python-shared"))
from harness import (  # noqa: E402
    BODY_SIZES, HOST, PASSWORD, PORT, TIMEOUT, TOPIC_BINDINGS, TOPIC_KEYS, USER, VHOST,
    body_of, check, check_equal, name, restart_broker, run)

PERSISTENT = pika.BasicProperties(delivery_mode=2)


def parameters():
    return pika.ConnectionParameters(HOST, PORT, VHOST, pika.PlainCredentials(USER, PASSWORD))


@contextmanager
def connected():
    connection = pika.BlockingConnection(parameters())
    try:
        yield connection
    finally:
        if connection.is_open:
            connection.close()


def wait_until(connection, condition, what):
    """Handles what arrives until the condition holds."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        check(time.monotonic() < deadline, f"no end in {TIMEOUT} s of waiting for {what}")
        connection.process_data_events(time_limit=1)


def count(channel, queue):
    return channel.queue_declare(queue, passive=True).method.message_count


def drain(channel, queue):
    """Takes everything out of a queue; a list of (method, properties, body)."""
    messages = []
    while True:
        method, properties, body = channel.basic_get(queue, auto_ack=True)
        if method is None:
            return messages
        messages.append((method, properties, body))


def bodies(channel, queue):
    return [body.decode() for _, _, body in drain(channel, queue)]


class Worker:
    """Holds as many messages unacknowledged as its prefetch allows, and acknowledges the oldest only to make room."""

    def __init__(self, connection, queue, prefetch):
        self.channel = connection.channel()
        self.prefetch = prefetch
        self.holding = True
        self.unacked = []
        self.received = []
        self.channel.basic_qos(prefetch_count=prefetch)
        self.channel.basic_consume(queue, self.on_message)

    def on_message(self, channel, method, properties, body):
        self.received.append(body.decode())
        self.unacked.append(method.delivery_tag)
        check(not method.redelivered, f"{body} is marked redelivered")
        check(len(self.unacked) <= self.prefetch, f"{len(self.unacked)} unacknowledged with prefetch {self.prefetch}")
        if not self.holding:
            self.make_room()

    def make_room(self):
        if len(self.unacked) == self.prefetch:
            self.channel.basic_ack(self.unacked.pop(0))

    def finish(self):
        for tag in self.unacked:
            self.channel.basic_ack(tag)
        self.channel.close()


def work_queue():
    total = 200
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for prefetch in (1, 10):
            queue = name(f"work-{prefetch}")
            channel.queue_declare(queue, durable=True)
            sent = [f"task {i}" for i in range(total)]
            for body in sent:
                channel.basic_publish("", queue, body, PERSISTENT)

            workers = [Worker(connection, queue, prefetch) for _ in range(3)]

            def received():
                return [body for worker in workers for body in worker.received]

            wait_until(connection, lambda: len(received()) >= 3 * prefetch, "full windows")
            check_equal([len(worker.received) for worker in workers], [prefetch] * 3, "messages before any ack")
            check_equal(count(channel, queue), total - 3 * prefetch, "messages still ready")

            for worker in workers:
                worker.holding = False
                worker.make_room()
            wait_until(connection, lambda: len(received()) >= total, "all messages")
            check_equal(sorted(received()), sorted(sent), "messages received")
            for worker in workers:
                worker.finish()
            check_equal(count(channel, queue), 0, "messages left")
            channel.queue_delete(queue)


def publish_subscribe():
    with connected() as publisher, connected() as subscriber:
        exchange = name("fanout")
        channel = subscriber.channel()
        channel.exchange_declare(exchange, "fanout")
        got = {}
        for _ in range(3):
            queue = channel.queue_declare("", exclusive=True).method.queue
            check(queue.startswith("amq.gen-"), f"server-named queue is called {queue}")
            channel.queue_bind(queue, exchange)
            got[queue] = []
            channel.basic_consume(
                queue, lambda ch, method, properties, body, into=got[queue]: into.append(body.decode()), auto_ack=True)
        check_equal(len(got), 3, "different names")

        sent = [f"news {i}" for i in range(50)]
        out = publisher.channel()
        for body in sent:
            out.basic_publish(exchange, "ignored", body)
        wait_until(subscriber, lambda: all(len(each) >= len(sent) for each in got.values()), "all news")
        for each in got.values():
            check_equal(each, sent, "messages of one subscriber")
        channel.exchange_delete(exchange)


def routing():
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        exchange = name("direct")
        channel.exchange_declare(exchange, "direct")
        bound = {"errors": ["error"], "all": ["info", "warning", "error"], "none": ["fatal"]}
        for suffix, keys in bound.items():
            channel.queue_declare(name(suffix), exclusive=True)
            for key in keys:
                channel.queue_bind(name(suffix), exchange, key)
        sent = ["info", "warning", "error", "debug", "error", "Error"]
        for key in sent:
            channel.basic_publish(exchange, key, key)
        for suffix, keys in bound.items():
            check_equal(bodies(channel, name(suffix)), [key for key in sent if key in keys], f"queue {suffix}")
        channel.queue_unbind(name("all"), exchange, "info")
        channel.basic_publish(exchange, "info", "unbound")
        check_equal(count(channel, name("all")), 0, "messages after unbind")
        channel.exchange_delete(exchange)


def topics():
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        exchange = name("topic")
        channel.exchange_declare(exchange, "topic")
        for pattern in TOPIC_BINDINGS:
            channel.queue_declare(name(pattern), exclusive=True)
            channel.queue_bind(name(pattern), exchange, pattern)
        for key in TOPIC_KEYS:
            channel.basic_publish(exchange, key, key)
        for pattern, expected in TOPIC_BINDINGS.items():
            check_equal(bodies(channel, name(pattern)), expected, f"queue bound with {pattern}")
        channel.exchange_delete(exchange)


def headers():
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        exchange = name("headers")
        channel.exchange_declare(exchange, "headers")
        bindings = {
            "all": {"x-match": "all", "format": "pdf", "pages": 3},
            "any": {"x-match": "any", "format": "pdf", "pages": 3},
            "default": {"format": "zip"},
        }
        for suffix, arguments in bindings.items():
            channel.queue_declare(name(suffix), exclusive=True)
            channel.queue_bind(name(suffix), exchange, arguments=arguments)
        sent = {
            "both": {"format": "pdf", "pages": 3, "more": True},
            "one": {"format": "pdf", "pages": 4},
            "other": {"pages": 3},
            "zip": {"format": "zip"},
            "neither": {"format": "PDF", "pages": "3"},
            "nothing": {},
        }
        for body, table in sent.items():
            channel.basic_publish(exchange, "", body, pika.BasicProperties(headers=table))
        check_equal(bodies(channel, name("all")), ["both"], "x-match all")
        check_equal(bodies(channel, name("any")), ["both", "one", "other"], "x-match any")
        check_equal(bodies(channel, name("default")), ["zip"], "no x-match")
        channel.exchange_delete(exchange)


def rpc_direct_reply_to():
    with connected() as server, connected() as client:
        queue = name("rpc")
        serving = server.channel()
        serving.queue_declare(queue, exclusive=True)

        def serve(channel, method, properties, body):
            check(properties.reply_to.startswith("amq.rabbitmq.reply-to."), f"reply_to is {properties.reply_to}")
            channel.basic_publish(
                "", properties.reply_to, body.upper(), pika.BasicProperties(correlation_id=properties.correlation_id))
            channel.basic_ack(method.delivery_tag)

        served = []
        serving.basic_consume(queue, lambda *message: (serve(*message), served.append(1)))

        replies = {}
        calling = client.channel()
        calling.basic_consume(
            "amq.rabbitmq.reply-to",
            lambda channel, method, properties, body: replies.update({properties.correlation_id: body.decode()}),
            auto_ack=True)
        for i in range(100):
            calling.basic_publish(
                "", queue, f"question {i}",
                pika.BasicProperties(reply_to="amq.rabbitmq.reply-to", correlation_id=str(i)))
        wait_until(server, lambda: len(served) == 100, "requests")
        wait_until(client, lambda: len(replies) == 100, "replies")
        check_equal(replies, {str(i): f"QUESTION {i}" for i in range(100)}, "replies by correlation id")


class ConfirmingPublisher:
    """Publishes without waiting in between and counts what is confirmed, one by one or several at once."""

    def __init__(self, queue, total):
        self.queue = queue
        self.total = total
        self.unconfirmed = set(range(1, total + 1))
        self.failure = None
        self.connection = pika.SelectConnection(
            parameters(), on_open_callback=self.on_connection, on_open_error_callback=self.on_error,
            on_close_callback=self.on_closed)

    def run(self):
        self.connection.ioloop.call_later(TIMEOUT, lambda: self.fail(f"{len(self.unconfirmed)} unconfirmed after {TIMEOUT} s"))
        self.connection.ioloop.start()
        check(self.failure is None, self.failure)

    def on_connection(self, connection):
        connection.channel(on_open_callback=self.on_channel)

    def on_channel(self, channel):
        self.channel = channel
        channel.add_on_close_callback(self.on_channel_closed)
        channel.confirm_delivery(self.on_confirm, callback=self.on_confirming)

    def on_confirming(self, frame):
        for i in range(self.total):
            self.channel.basic_publish("", self.queue, f"message {i}", PERSISTENT)

    def on_confirm(self, frame):
        if not isinstance(frame.method, pika.spec.Basic.Ack):
            self.fail(f"not confirmed: {frame.method}")
            return
        tag = frame.method.delivery_tag
        confirmed = {t for t in self.unconfirmed if t <= tag} if frame.method.multiple else {tag}
        if not confirmed <= self.unconfirmed:
            self.fail(f"confirmed twice: {confirmed}")
        self.unconfirmed -= confirmed
        if not self.unconfirmed:
            self.connection.close()

    def on_channel_closed(self, channel, reason):
        if self.unconfirmed:
            self.fail(f"channel closed: {reason}")

    def on_error(self, connection, error):
        self.fail(f"no connection: {error}")

    def on_closed(self, connection, reason):
        if self.unconfirmed:
            self.fail(f"connection closed: {reason}")
        connection.ioloop.stop()

    def fail(self, reason):
        self.failure = reason
        self.connection.ioloop.stop()


def confirms():
    queue = name("confirms")
    with connected() as connection:
        channel = connection.channel()
        channel.queue_declare(queue, durable=True)
        ConfirmingPublisher(queue, 1000).run()
        check_equal(count(channel, queue), 1000, "messages in the queue")
        channel.queue_delete(queue)


def returns():
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = name("returns")
        channel.queue_declare(queue, exclusive=True)
        try:
            # pika raises only if the return comes before the confirm: afterwards it has forgotten the message.
            channel.basic_publish(
                "", name("nowhere"), b"lost", pika.BasicProperties(message_id="m1", headers={"a": 1}), mandatory=True)
            raise AssertionError("no return for an unroutable message")
        except UnroutableError as error:
            returned, = error.messages
        check_equal((returned.method.reply_code, returned.method.reply_text), (312, "NO_ROUTE"), "return")
        check_equal((returned.method.exchange, returned.method.routing_key), ("", name("nowhere")), "its destination")
        check_equal((returned.properties.message_id, returned.properties.headers), ("m1", {"a": 1}), "its properties")
        check_equal(returned.body, b"lost", "its body")
        channel.basic_publish("", queue, b"arrives", mandatory=True)
        check_equal(bodies(channel, queue), ["arrives"], "routed message")

        plain = connection.channel()
        came_back = []
        plain.add_on_return_callback(lambda ch, method, properties, body: came_back.append(body))
        plain.basic_publish("", name("nowhere"), b"not asked for")
        plain.basic_publish("", name("nowhere"), b"asked for", mandatory=True)
        wait_until(connection, lambda: came_back, "a return without confirms")
        check_equal(came_back, [b"asked for"], "returned without confirms")


def dead_letter_retry():
    attempts_allowed = 3
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        work, retry, parking = name("work"), name("retry"), name("parking")
        retry_exchange, work_exchange = name("retry-exchange"), name("work-exchange")
        channel.exchange_declare(retry_exchange, "direct", durable=True)
        channel.exchange_declare(work_exchange, "direct", durable=True)
        channel.queue_declare(work, durable=True, arguments={"x-dead-letter-exchange": retry_exchange})
        channel.queue_declare(
            retry, durable=True, arguments={"x-message-ttl": 100, "x-dead-letter-exchange": work_exchange})
        channel.queue_declare(parking, durable=True)
        channel.queue_bind(work, work_exchange, "job")
        channel.queue_bind(retry, retry_exchange, "job")

        attempts = []

        def work_on(ch, method, properties, body):
            deaths = (properties.headers or {}).get("x-death", [])
            rejected = sum(death["count"] for death in deaths if (death["queue"], death["reason"]) == (work, "rejected"))
            attempts.append((body.decode(), rejected))
            if rejected + 1 < attempts_allowed:
                ch.basic_reject(method.delivery_tag, requeue=False)
            else:
                ch.basic_publish("", parking, body, properties)
                ch.basic_ack(method.delivery_tag)

        consumer = connection.channel()
        consumer.basic_consume(work, work_on)
        jobs = [f"job {i}" for i in range(5)]
        for job in jobs:
            channel.basic_publish(work_exchange, "job", job, PERSISTENT)
        wait_until(connection, lambda: count(channel, parking) == len(jobs), "parked jobs")

        check_equal(sorted(attempts), [(job, n) for job in jobs for n in range(attempts_allowed)], "attempts")
        parked = drain(channel, parking)
        check_equal([body.decode() for _, _, body in parked], jobs, "parked jobs")
        for _, properties, _ in parked:
            deaths = [
                {key: death[key] for key in ("queue", "reason", "count", "exchange", "routing-keys")}
                for death in properties.headers["x-death"]]
            check_equal(deaths, [
                {"queue": retry, "reason": "expired", "count": 2, "exchange": retry_exchange, "routing-keys": ["job"]},
                {"queue": work, "reason": "rejected", "count": 2, "exchange": work_exchange, "routing-keys": ["job"]},
            ], "x-death")
            check(isinstance(properties.headers["x-death"][0]["time"], datetime), "x-death has no time")
            first = [properties.headers[f"x-first-death-{what}"] for what in ("queue", "reason", "exchange")]
            check_equal(first, [work, "rejected", work_exchange], "first death")
        for queue in (work, retry, parking):
            check_equal(count(channel, queue), 0, f"messages left in {queue}")
            channel.queue_delete(queue)
        channel.exchange_delete(work_exchange)
        channel.exchange_delete(retry_exchange)


def transactions():
    with connected() as connection:
        watch = connection.channel()
        queue = name("tx")
        watch.queue_declare(queue, durable=True)
        tx = connection.channel()
        tx.tx_select()
        for i in range(3):
            tx.basic_publish("", queue, f"kept {i}", PERSISTENT)
        check_equal(count(watch, queue), 0, "messages before commit")
        tx.tx_commit()
        check_equal(count(watch, queue), 3, "messages after commit")
        tx.basic_publish("", queue, "dropped", PERSISTENT)
        tx.tx_rollback()
        tx.tx_commit()
        check_equal(count(watch, queue), 3, "messages after rollback")

        first, _, body = tx.basic_get(queue)
        check_equal(body, b"kept 0", "first message")
        tx.basic_ack(first.delivery_tag)
        tx.tx_rollback()
        check_equal(count(watch, queue), 2, "a rollback does not requeue")
        tx.basic_ack(first.delivery_tag)
        tx.tx_commit()
        second, _, _ = tx.basic_get(queue)
        tx.basic_ack(second.delivery_tag)
        tx.close()
        left = drain(watch, queue)
        check_equal([(body, method.redelivered) for method, _, body in left], [(b"kept 1", True), (b"kept 2", False)],
                    "what was acknowledged but not committed is back")
        watch.queue_delete(queue)


def large_bodies():
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = name("large")
        channel.queue_declare(queue, durable=True)
        for size in BODY_SIZES:
            channel.basic_publish("", queue, body_of(size), PERSISTENT)
        received = []
        channel.basic_consume(queue, lambda ch, method, properties, body: received.append(body), auto_ack=True)
        wait_until(connection, lambda: len(received) == len(BODY_SIZES), "all bodies")
        check_equal([len(body) for body in received], BODY_SIZES, "sizes")
        check(all(body == body_of(len(body)) for body in received), "a body came back changed")
        channel.queue_delete(queue)


def properties_and_headers():
    # No negative 64-bit integer: pika reads those back as unsigned.
    sent = pika.BasicProperties(
        content_type="application/json", content_encoding="utf-8", delivery_mode=2, priority=7, correlation_id="c-1",
        reply_to="somewhere", expiration="60000", message_id="m-1", timestamp=1700000000, type="order.created",
        user_id=USER, app_id="pika", cluster_id="cluster",
        headers={
            "text": "größer", "empty": "", "long text": "x" * 5000, "bytes": b"\x00\xff", "true": True, "false": False,
            "int": -42, "int max": 2**31 - 1, "long": 2**40,
            "decimal": Decimal("3.14"), "time": datetime(2024, 2, 29, 12, 30, 45), "void": None,
            "table": {"a": 1, "b": {"c": [1, "two", None, {"d": False}]}}, "array": [], "empty table": {},
        })
    with connected() as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        queue = name("properties")
        channel.queue_declare(queue, exclusive=True)
        channel.basic_publish("", queue, b"{}", sent)
        channel.basic_publish("", queue, b"bare", pika.BasicProperties())
        (_, full, _), (_, bare, _) = drain(channel, queue)
        for key, value in vars(sent).items():
            if key != "headers":
                check_equal(getattr(full, key), value, key)
        for key, value in sent.headers.items():
            check_equal(full.headers[key], value, f"header {key}")
        check_equal(list(full.headers), list(sent.headers), "headers and their order")
        check_equal(vars(bare), vars(pika.BasicProperties()), "no properties")


def reconnect_after_restart():
    exchange, queue = name("durable"), name("durable")
    sent = [f"message {i}" for i in range(100)]
    before = pika.BlockingConnection(parameters())
    channel = before.channel()
    channel.confirm_delivery()
    channel.exchange_declare(exchange, "direct", durable=True)
    channel.queue_declare(queue, durable=True)
    channel.queue_bind(queue, exchange, "key")
    for body in sent:
        channel.basic_publish(exchange, "key", body, PERSISTENT)
    transient = name("transient")
    channel.queue_declare(transient)

    restart_broker()
    try:
        wait_until(before, lambda: before.is_closed, "the end of the connection")
        raise AssertionError("the connection outlived the broker")
    except ConnectionClosedByBroker as closed:
        check_equal(closed.reply_code, 320, "reply code of the shutdown")

    with connected() as after:
        channel = after.channel()
        channel.confirm_delivery()
        channel.exchange_declare(exchange, passive=True)
        channel.basic_publish(exchange, "key", "afterwards", PERSISTENT)
        received = []
        channel.basic_consume(queue, lambda ch, method, properties, body: (
            received.append((body.decode(), method.redelivered)), ch.basic_ack(method.delivery_tag)))
        wait_until(after, lambda: len(received) == len(sent) + 1, "all messages")
        check_equal(received, [(body, False) for body in [*sent, "afterwards"]], "messages after the restart")
        channel.queue_declare(transient)
        check_equal(count(channel, transient), 0, "messages in a queue that is not durable")
        channel.queue_delete(transient)
        channel.queue_delete(queue)
        channel.exchange_delete(exchange)


run({scenario.__name__: scenario for scenario in (
    work_queue, publish_subscribe, routing, topics, headers, rpc_direct_reply_to, confirms, returns,
    dead_letter_retry, transactions, large_bodies, properties_and_headers, reconnect_after_restart)})
