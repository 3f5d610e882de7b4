"""kombu over py-amqp, as Celery uses it. Every publish waits for its confirm (transport option confirm_publish)."""

import os
import socket
import sys
import time
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from kombu import Connection, Consumer, Exchange, Producer, Queue

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "python-shared"))
from harness import (  # noqa: E402
    BODY_SIZES, HOST, PASSWORD, PORT, TIMEOUT, TOPIC_BINDINGS, TOPIC_KEYS, USER, VHOST,
    body_of, check, check_equal, name, restart_broker, run)

RAW = {"content_type": "application/data", "content_encoding": "binary"}


@contextmanager
def connected(confirming=True):
    connection = Connection(
        hostname=HOST, port=PORT, userid=USER, password=PASSWORD, virtual_host=VHOST, transport="pyamqp",
        connect_timeout=TIMEOUT, transport_options={"confirm_publish": confirming})
    with connection:
        yield connection


def wait_until(connection, condition, what):
    """Handles what arrives until the condition holds."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        check(time.monotonic() < deadline, f"no end in {TIMEOUT} s of waiting for {what}")
        try:
            connection.drain_events(timeout=1)
        except socket.timeout:
            continue


def count(channel, queue):
    return channel.queue_declare(queue.name, passive=True).message_count


def drain(channel, queue):
    """Takes everything out of a queue."""
    bound = queue(channel)
    messages = []
    while (message := bound.get(no_ack=True, accept=None)) is not None:
        messages.append(message)
    return messages


def raw(message):
    # py-amqp hands an empty body over as a string.
    return message.body or b""


def text(message):
    return raw(message).decode()


def bodies(channel, queue):
    return [text(message) for message in drain(channel, queue)]


def send(producer, body, **options):
    producer.publish(body.encode() if isinstance(body, str) else body, **{**RAW, **options})


class Worker:
    """Holds as many messages unacknowledged as its prefetch allows, and acknowledges the oldest only to make room."""

    def __init__(self, connection, queue, prefetch):
        self.channel = connection.channel()
        self.prefetch = prefetch
        self.holding = True
        self.unacked = []
        self.received = []
        self.consumer = Consumer(
            self.channel, [queue], on_message=self.on_message, prefetch_count=prefetch, auto_declare=False)
        self.consumer.consume()

    def on_message(self, message):
        self.received.append(text(message))
        self.unacked.append(message)
        check(not message.delivery_info["redelivered"], f"{text(message)} is marked redelivered")
        check(len(self.unacked) <= self.prefetch, f"{len(self.unacked)} unacknowledged with prefetch {self.prefetch}")
        if not self.holding:
            self.make_room()

    def make_room(self):
        if len(self.unacked) == self.prefetch:
            self.unacked.pop(0).ack()

    def finish(self):
        for message in self.unacked:
            message.ack()
        self.channel.close()


def work_queue():
    total = 200
    with connected() as connection:
        channel = connection.default_channel
        for prefetch in (1, 10):
            queue = Queue(name(f"work-{prefetch}"), durable=True)
            queue(channel).declare()
            producer = Producer(channel, routing_key=queue.name)
            sent = [f"task {i}" for i in range(total)]
            for body in sent:
                send(producer, body)

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
            queue(channel).delete()


def publish_subscribe():
    with connected() as publisher, connected() as subscriber:
        exchange = Exchange(name("fanout"), type="fanout", durable=False)
        got = []
        for _ in range(3):
            queue = Queue("", exchange, exclusive=True, durable=False)(subscriber.default_channel)
            queue.declare()
            check(queue.name.startswith("amq.gen-"), f"server-named queue is called {queue.name}")
            inbox = []
            got.append(inbox)
            Consumer(subscriber.default_channel, [queue], no_ack=True, auto_declare=False,
                     on_message=lambda message, inbox=inbox: inbox.append(text(message))).consume()
        sent = [f"news {i}" for i in range(50)]
        producer = Producer(publisher.default_channel, exchange, routing_key="ignored")
        for body in sent:
            send(producer, body)
        wait_until(subscriber, lambda: all(len(inbox) >= len(sent) for inbox in got), "all news")
        for inbox in got:
            check_equal(inbox, sent, "messages of one subscriber")
        exchange(publisher.default_channel).delete()


def routing():
    with connected() as connection:
        channel = connection.default_channel
        exchange = Exchange(name("direct"), type="direct", durable=False)
        bound = {"errors": ["error"], "all": ["info", "warning", "error"], "none": ["fatal"]}
        queues = {}
        for suffix, keys in bound.items():
            queues[suffix] = Queue(name(suffix), exchange, keys[0], exclusive=True, durable=False)
            queues[suffix](channel).declare()
            for key in keys[1:]:
                queues[suffix](channel).bind_to(exchange, key)
        sent = ["info", "warning", "error", "debug", "error", "Error"]
        producer = Producer(channel, exchange)
        for key in sent:
            send(producer, key, routing_key=key)
        for suffix, keys in bound.items():
            check_equal(bodies(channel, queues[suffix]), [key for key in sent if key in keys], f"queue {suffix}")
        queues["all"](channel).unbind_from(exchange, "info")
        send(producer, "unbound", routing_key="info")
        check_equal(count(channel, queues["all"]), 0, "messages after unbind")
        exchange(channel).delete()


def topics():
    with connected() as connection:
        channel = connection.default_channel
        exchange = Exchange(name("topic"), type="topic", durable=False)
        queues = {pattern: Queue(name(pattern), exchange, pattern, exclusive=True, durable=False)
                  for pattern in TOPIC_BINDINGS}
        for queue in queues.values():
            queue(channel).declare()
        producer = Producer(channel, exchange)
        for key in TOPIC_KEYS:
            send(producer, key, routing_key=key)
        for pattern, expected in TOPIC_BINDINGS.items():
            check_equal(bodies(channel, queues[pattern]), expected, f"queue bound with {pattern}")
        exchange(channel).delete()


def headers():
    with connected() as connection:
        channel = connection.default_channel
        exchange = Exchange(name("headers"), type="headers", durable=False)
        bindings = {
            "all": {"x-match": "all", "format": "pdf", "pages": 3},
            "any": {"x-match": "any", "format": "pdf", "pages": 3},
            "default": {"format": "zip"},
        }
        queues = {suffix: Queue(name(suffix), exchange, binding_arguments=arguments, exclusive=True, durable=False)
                  for suffix, arguments in bindings.items()}
        for queue in queues.values():
            queue(channel).declare()
        sent = {
            "both": {"format": "pdf", "pages": 3, "more": True},
            "one": {"format": "pdf", "pages": 4},
            "other": {"pages": 3},
            "zip": {"format": "zip"},
            "neither": {"format": "PDF", "pages": "3"},
            "nothing": {},
        }
        producer = Producer(channel, exchange)
        for body, table in sent.items():
            send(producer, body, headers=table)
        check_equal(bodies(channel, queues["all"]), ["both"], "x-match all")
        check_equal(bodies(channel, queues["any"]), ["both", "one", "other"], "x-match any")
        check_equal(bodies(channel, queues["default"]), ["zip"], "no x-match")
        exchange(channel).delete()


def rpc_direct_reply_to():
    # The server answers on a connection of its own: a publish that waits for its confirm handles what else arrives
    # meanwhile, and must not be met by the next request.
    with connected() as server, connected() as answering, connected() as client:
        requests = Queue(name("rpc"), exclusive=True, durable=False)
        answers = Producer(answering.default_channel)
        served = []

        def serve(message):
            reply_to = message.properties["reply_to"]
            check(reply_to.startswith("amq.rabbitmq.reply-to."), f"reply_to is {reply_to}")
            send(answers, text(message).upper(), routing_key=reply_to,
                 correlation_id=message.properties["correlation_id"])
            message.ack()
            served.append(message)

        Consumer(server.default_channel, [requests], on_message=serve).consume()

        replies = {}
        Consumer(client.default_channel, [Queue("amq.rabbitmq.reply-to", no_declare=True)], no_ack=True,
                 auto_declare=False, on_message=lambda message: replies.update(
                     {message.properties["correlation_id"]: text(message)})).consume()
        producer = Producer(client.default_channel, routing_key=requests.name)
        for i in range(100):
            send(producer, f"question {i}", reply_to="amq.rabbitmq.reply-to", correlation_id=str(i))
        wait_until(server, lambda: len(served) == 100, "requests")
        wait_until(client, lambda: len(replies) == 100, "replies")
        check_equal(replies, {str(i): f"QUESTION {i}" for i in range(100)}, "replies by correlation id")


def confirms():
    total = 1000
    with connected() as connection:
        channel = connection.default_channel
        queue = Queue(name("confirms"), durable=True)
        queue(channel).declare()
        producer = Producer(channel, routing_key=queue.name)
        acks = []
        channel.events["basic_ack"].add(lambda delivery_tag, multiple: acks.append(delivery_tag))
        for i in range(total):
            send(producer, f"message {i}")
            check_equal(len(acks), i + 1, "confirms so far")
        check_equal(acks, list(range(1, total + 1)), "confirmed tags")
        check_equal(count(channel, queue), total, "messages in the queue")
        queue(channel).delete()


def returns():
    with connected() as connection:
        channel = connection.default_channel
        queue = Queue(name("returns"), exclusive=True, durable=False)
        queue(channel).declare()
        events = []
        producer = Producer(channel, on_return=lambda *returned: events.append(returned))
        channel.events["basic_ack"].add(lambda delivery_tag, multiple: events.append(delivery_tag))
        send(producer, "lost", routing_key=name("nowhere"), mandatory=True, message_id="m1", headers={"a": 1})
        check_equal(len(events), 2, "a return and a confirm")
        (error, exchange, routing_key, message), confirmed = events
        check_equal(confirmed, 1, "the return comes before its confirm")
        check_equal((error.reply_code, error.reply_text), (312, "NO_ROUTE"), "return")
        check_equal((exchange, routing_key), ("", name("nowhere")), "its destination")
        check_equal((message.properties["message_id"], message.headers), ("m1", {"a": 1}), "its properties")
        check_equal(text(message), "lost", "its body")
        send(producer, "arrives", routing_key=queue.name, mandatory=True)
        check_equal(events[2:], [2], "events of a routed message")
        check_equal(bodies(channel, queue), ["arrives"], "routed message")


def dead_letter_retry():
    attempts_allowed = 3
    with connected() as connection, connected() as publishing:
        channel = connection.default_channel
        work_exchange = Exchange(name("work-exchange"), type="direct", durable=True)
        retry_exchange = Exchange(name("retry-exchange"), type="direct", durable=True)
        work = Queue(name("work"), work_exchange, "job", queue_arguments={"x-dead-letter-exchange": retry_exchange.name})
        retry = Queue(name("retry"), retry_exchange, "job", message_ttl=0.1,
                      queue_arguments={"x-dead-letter-exchange": work_exchange.name})
        parking = Queue(name("parking"))
        for queue in (work, retry, parking):
            queue(channel).declare()

        attempts = []
        producer = Producer(publishing.default_channel)

        def work_on(message):
            deaths = message.headers.get("x-death", [])
            rejected = sum(death["count"] for death in deaths
                           if (death["queue"], death["reason"]) == (work.name, "rejected"))
            attempts.append((text(message), rejected))
            if rejected + 1 < attempts_allowed:
                message.reject()
            else:
                send(producer, message.body, routing_key=parking.name, headers=message.headers)
                message.ack()

        consumer = Consumer(connection.channel(), [work], on_message=work_on, auto_declare=False)
        consumer.consume()
        jobs = [f"job {i}" for i in range(5)]
        for job in jobs:
            send(producer, job, exchange=work_exchange, routing_key="job")
        wait_until(connection, lambda: len(attempts) == len(jobs) * attempts_allowed, "attempts")
        consumer.cancel()
        check_equal(sorted(attempts), [(job, n) for job in jobs for n in range(attempts_allowed)], "attempts")

        parked = drain(channel, parking)
        check_equal([text(message) for message in parked], jobs, "parked jobs")
        for message in parked:
            deaths = [{key: value for key, value in death.items() if key != "time"}
                      for death in message.headers["x-death"]]
            check_equal(deaths, [
                {"queue": retry.name, "reason": "expired", "count": 2, "exchange": retry_exchange.name,
                 "routing-keys": ["job"]},
                {"queue": work.name, "reason": "rejected", "count": 2, "exchange": work_exchange.name,
                 "routing-keys": ["job"]},
            ], "x-death")
            check(isinstance(message.headers["x-death"][0]["time"], datetime), "x-death has no time")
            first = [message.headers[f"x-first-death-{what}"] for what in ("queue", "reason", "exchange")]
            check_equal(first, [work.name, "rejected", work_exchange.name], "first death")
        for queue in (work, retry, parking):
            check_equal(count(channel, queue), 0, f"messages left in {queue.name}")
            queue(channel).delete()
        work_exchange(channel).delete()
        retry_exchange(channel).delete()


def transactions():
    with connected(confirming=False) as connection:
        watch = connection.channel()
        queue = Queue(name("tx"), durable=True)
        queue(watch).declare()
        tx = connection.channel()
        tx.tx_select()
        producer = Producer(tx, routing_key=queue.name)
        for i in range(3):
            send(producer, f"kept {i}")
        check_equal(count(watch, queue), 0, "messages before commit")
        tx.tx_commit()
        check_equal(count(watch, queue), 3, "messages after commit")
        send(producer, "dropped")
        tx.tx_rollback()
        tx.tx_commit()
        check_equal(count(watch, queue), 3, "messages after rollback")

        first = queue(tx).get(accept=None)
        check_equal(text(first), "kept 0", "first message")
        first.ack()
        tx.tx_rollback()
        check_equal(count(watch, queue), 2, "a rollback does not requeue")
        tx.basic_ack(first.delivery_tag)
        tx.tx_commit()
        queue(tx).get(accept=None).ack()
        tx.close()
        left = drain(watch, queue)
        check_equal([(text(message), message.delivery_info["redelivered"]) for message in left],
                    [("kept 1", True), ("kept 2", False)], "what was acknowledged but not committed is back")
        queue(watch).delete()


def large_bodies():
    with connected() as connection:
        channel = connection.default_channel
        queue = Queue(name("large"), durable=True)
        queue(channel).declare()
        producer = Producer(channel, routing_key=queue.name)
        for size in BODY_SIZES:
            send(producer, body_of(size))
        received = []
        with Consumer(channel, [queue], no_ack=True, auto_declare=False,
                      on_message=lambda message: received.append(raw(message))):
            wait_until(connection, lambda: len(received) == len(BODY_SIZES), "all bodies")
        check_equal([len(body) for body in received], BODY_SIZES, "sizes")
        check(all(body == body_of(len(body)) for body in received), "a body came back changed")
        queue(channel).delete()


def properties_and_headers():
    properties = {
        "priority": 7, "correlation_id": "c-1", "reply_to": "somewhere", "message_id": "m-1",
        "timestamp": 1700000000, "type": "order.created", "user_id": USER, "app_id": "kombu",
        "cluster_id": "cluster",
    }
    table = {
        "text": "größer", "empty": "", "long text": "x" * 5000, "true": True, "false": False, "zero": 0, "int": -42,
        "long": 2**40, "negative long": -2**62, "double": 2.5, "decimal": Decimal("3.14"),
        "time": datetime(2024, 2, 29, 12, 30, 45), "void": None, "empty array": [], "empty table": {},
        "table": {"a": 1, "b": {"c": [1, "two", None, {"d": False}]}},
    }
    with connected() as connection:
        channel = connection.default_channel
        queue = Queue(name("properties"), exclusive=True, durable=False)
        queue(channel).declare()
        producer = Producer(channel, routing_key=queue.name)
        producer.publish({"order": [1, 2]}, serializer="json", expiration=60, headers=table, **properties)
        message = queue(channel).get(no_ack=True, accept=["json"])
        check_equal(message.payload, {"order": [1, 2]}, "payload")
        check_equal((message.content_type, message.content_encoding), ("application/json", "utf-8"), "content type")
        expected = {**properties, "delivery_mode": 2, "expiration": "60000"}
        for key, value in expected.items():
            check_equal(message.properties.get(key), value, key)
        for key, value in table.items():
            check_equal(message.headers[key], value, f"header {key}")
        check_equal(list(message.headers), list(table), "headers and their order")


def reconnect_after_restart():
    with connected() as connection:
        channel = connection.default_channel
        exchange = Exchange(name("durable"), type="direct", durable=True)
        queue = Queue(name("durable"), exchange, "key", durable=True)
        queue(channel).declare()
        producer = Producer(connection, exchange, routing_key="key")
        sent = [f"message {i}" for i in range(100)]
        for body in sent:
            send(producer, body)

        restart_broker()
        try:
            connection.drain_events(timeout=TIMEOUT)
            raise AssertionError("the connection outlived the broker")
        except connection.recoverable_connection_errors as error:
            # py-amqp tells the code only if the socket still takes its answer.
            if not isinstance(error, OSError):
                check_equal(error.reply_code, 320, "code of the shutdown")
        # kombu's own recovery: the publish finds the connection broken, connects again and is repeated.
        send(producer, "afterwards", retry=True, retry_policy={
            "max_retries": 20, "interval_start": 0, "interval_step": 0.1, "interval_max": 1})

        received = []

        def take(message):
            received.append((text(message), message.delivery_info["redelivered"]))
            message.ack()

        with Consumer(connection, [queue], on_message=take, auto_declare=False):
            wait_until(connection, lambda: len(received) == len(sent) + 1, "all messages")
        check_equal(received, [(body, False) for body in [*sent, "afterwards"]], "messages after the restart")
        queue(connection.default_channel).delete()
        exchange(connection.default_channel).delete()


run({scenario.__name__: scenario for scenario in (
    work_queue, publish_subscribe, routing, topics, headers, rpc_direct_reply_to, confirms, returns,
    dead_letter_retry, transactions, large_bodies, properties_and_headers, reconnect_after_restart)})
