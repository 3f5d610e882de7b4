"""Runs real clients against a broker through a proxy and writes down every frame, one file per client.

usage: record.py BROKER_PORT FOLDER

A line of a file is the sender (C client, S server), the frame in hex, and what pika's decoder (written by others, hence a
second opinion) says it is, as JSON. Fields are separated by tabs.
"""
import datetime
import decimal
import json
import pathlib
import socket
import subprocess
import sys
import threading

import pika.frame

HERE = pathlib.Path(__file__).parent


class Recorder:
    """A proxy on a free port that keeps the bytes of every connection by direction."""

    def __init__(self, broker_port):
        self.broker_port = broker_port
        self.lines = []
        self.lock = threading.Lock()
        self.threads = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            broker = socket.create_connection(("127.0.0.1", self.broker_port))
            for name, source, target in (("C", client, broker), ("S", broker, client)):
                thread = threading.Thread(target=self.pump, args=(name, source, target))
                self.threads.append(thread)
                thread.start()

    def pump(self, name, source, target):
        pending = b""
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            if not data:
                break
            pending = self.take_frames(name, pending + data)
            target.sendall(data)
        try:
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # The other side has closed already.
        if pending:
            raise SystemExit(f"{len(pending)} octets of {name} are no whole frame")

    def take_frames(self, name, data):
        while True:
            if data[:4] == b"AMQP":
                size = 8
            elif len(data) >= 7:
                size = 8 + int.from_bytes(data[3:7], "big")
            else:
                return data
            if len(data) < size:
                return data
            with self.lock:
                self.lines.append(f"{name}\t{data[:size].hex()}\t{json.dumps(describe(data[:size]), sort_keys=True)}\n")
            data = data[size:]

    def finish(self, path):
        self.listener.close()
        for thread in self.threads:
            thread.join(10)
        path.write_text("".join(self.lines))
        print(f"{path.name}: {len(self.lines)} frames")


def describe(data):
    try:
        _, frame = pika.frame.decode_frame(data)
    except KeyError:
        return {"name": None}  # A method that pika does not know.
    if isinstance(frame, pika.frame.Method):
        return {"name": frame.method.NAME, "channel": frame.channel_number, "fields": plain(vars(frame.method))}
    if isinstance(frame, pika.frame.Header):
        present = {k: v for k, v in vars(frame.properties).items() if v is not None}
        return {"name": "Header", "channel": frame.channel_number, "body_size": frame.body_size, "properties": plain(present)}
    if isinstance(frame, pika.frame.Body):
        return {"name": "Body", "channel": frame.channel_number, "length": len(frame.fragment)}
    return {"name": type(frame).__name__}


def plain(value):
    """The value in JSON; what JSON does not have becomes text with its kind."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return f"bytes:{value.hex()}"
    if isinstance(value, datetime.datetime):
        return int(value.replace(tzinfo=datetime.timezone.utc).timestamp())
    if isinstance(value, decimal.Decimal):
        return f"decimal:{value}"
    return value


CLIENTS = {
    "pika": ["/usr/bin/python3", str(HERE / "pika_client.py"), "{port}"],
    "amqp-tools": ["sh", str(HERE / "amqp_tools_client"), "{port}"],
    "dotnet": ["dotnet", "run", "--no-build", str(HERE / "dotnet_client.cs"), "{port}"],
}


def main():
    broker_port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    for name, command in CLIENTS.items():
        recorder = Recorder(broker_port)
        subprocess.run([part.format(port=recorder.port) for part in command], check=True, timeout=120)
        recorder.finish(folder / f"{name}.txt")


main()
