"""What the Python programs share: the broker's address, checks, and the lines that the runner reads."""

import os
import sys
import traceback

HOST = os.environ["AMQP_HOST"]
PORT = int(os.environ["AMQP_PORT"])
USER = os.environ["AMQP_USER"]
PASSWORD = os.environ["AMQP_PASSWORD"]
VHOST = os.environ["AMQP_VHOST"]

# Seconds that any single wait may take.
TIMEOUT = 20

# The default tune of a RabbitMQ: bodies just around it and its multiples are split differently.
FRAME_MAX = 131072
BODY_SIZES = [
    0, 1,
    FRAME_MAX - 9, FRAME_MAX - 8, FRAME_MAX - 7,
    FRAME_MAX - 1, FRAME_MAX, FRAME_MAX + 1,
    2 * (FRAME_MAX - 8), 2 * (FRAME_MAX - 8) + 1,
    5 * 1024 * 1024,
]

TOPIC_KEYS = [
    "stock.usd.nyse", "stock.eur.xetra", "stock", "news.eur", "news.eur.sport.live", "stock.usd", "",
]
TOPIC_BINDINGS = {
    "stock.*.*": ["stock.usd.nyse", "stock.eur.xetra"],
    "stock.#": ["stock.usd.nyse", "stock.eur.xetra", "stock", "stock.usd"],
    "*.eur.#": ["stock.eur.xetra", "news.eur", "news.eur.sport.live"],
    "#.live": ["news.eur.sport.live"],
    "*": ["stock"],
    "#": TOPIC_KEYS,
}


class NotApplicable(Exception):
    """The library cannot do what the scenario asks for."""


def name(suffix):
    """A name of this run's own for a queue or an exchange."""
    return f"{os.environ['AMQP_PREFIX']}.{suffix}"


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def check_equal(actual, expected, what):
    check(actual == expected, f"{what}: expected {shown(expected)}, got {shown(actual)}")


def shown(value):
    text = repr(value)
    return text if len(text) < 500 else text[:500] + "..."


def body_of(size):
    """A body in which every position is told apart from its neighbours."""
    return bytes(i % 251 for i in range(size))


def restart_broker():
    """Has the runner restart the broker; returns when it serves again."""
    print("CONTROL restart", flush=True)
    check_equal(sys.stdin.readline().strip(), "restarted", "the runner's answer")


def run(scenarios):
    """Runs the scenario named on the command line and ends the process as the runner expects it."""
    try:
        scenarios[sys.argv[1]]()
    except NotApplicable as reason:
        print(f"NOT_APPLICABLE {reason}", flush=True)
        sys.exit(77)
    except Exception as error:
        traceback.print_exc(limit=12)
        print("FAIL " + " ".join(f"{type(error).__name__}: {error}".split())[:1000], flush=True)
        sys.exit(1)
    print("PASS", flush=True)
