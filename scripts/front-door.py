"""Has strangers do their worst to a running relay's port, and measures what authentic deliveries have of it.

Usage: front-door.py RELAY [IDLE]. RELAY is the program; IDLE (10000) connections that say nothing are kept open. Each part
ends with deliveries that must all be answered 200, and prints their p99. Ends with 1 when one is not.
"""

import base64
import hashlib
import hmac
import json
import os
import resource
import socket
import struct
import subprocess
import sys
import tempfile
import time

SECRET = b"a secret for the front door only"
DELIVERIES = 300


class Relay:
    def __init__(self, program, store):
        environment = dict(
            os.environ, OPENSENSE_SECRET=SECRET.decode(), PAGERDUTY_ROUTING_KEY="0" * 32, PAGERDUTY_BASE_URL="http://127.0.0.1:9"
        )
        self.log = tempfile.NamedTemporaryFile("w+")
        self.process = subprocess.Popen(
            [program, "serve", "--listen", "127.0.0.1:0", "--store", f"sqlite:{store}"], env=environment, stderr=self.log
        )
        while "relay.started" not in self.text():
            assert self.process.poll() is None, self.text()
            time.sleep(0.02)
        line = next(line for line in self.text().splitlines() if "relay.started" in line)
        self.port = int(line.split("port=")[1].split()[0])
        self.count = 0

    def text(self):
        with open(self.log.name) as file:
            return file.read()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def memory(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

    def delivery(self):
        self.count += 1
        body = json.dumps(
            {"event": {"kind": "alarm_opened", "id": f"evt_{self.count}", "device_id": f"d{self.count % 7}"}, "delivery": {"id": f"wh_{self.count}"}}
        ).encode()
        now = int(time.time())
        mac = base64.b64encode(hmac.new(SECRET, f"{now}.".encode() + body, hashlib.sha256).digest()).decode()
        return (
            f"POST /opensense HTTP/1.1\r\nHost: relay\r\nX-OpenSense-Signature: t={now},v1={mac}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body
        )

    def deliver(self):
        """Sends one on a separate connection, as the sender does; the seconds it took, or None."""
        began = time.monotonic()
        with self.connect() as connection:
            connection.sendall(self.delivery())
            answer = connection.recv(4096)
        return time.monotonic() - began if answer.startswith(b"HTTP/1.1 200") else None


def measure(relay, what):
    took = [relay.deliver() for _ in range(DELIVERIES)]
    lost = took.count(None)
    good = sorted(t for t in took if t is not None)
    p99 = good[int(len(good) * 0.99)] * 1000 if good else 0
    print(f"{what}: {len(good)} of {DELIVERIES} accepted, p99 {p99:.1f} ms, {relay.memory() // 1024} MiB", flush=True)
    return lost == 0


HEAD = b"POST /opensense HTTP/1.1\r\nHost: relay\r\nX-OpenSense-Signature: t=1,v1=" + b"A" * 43 + b"=\r\n"


def drip(relay, beginning, count, seconds):
    """Connections that send their beginning, and then a byte each now and then."""
    connections = [relay.connect() for _ in range(count)]
    for connection in connections:
        connection.sendall(beginning)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for connection in connections:
            try:
                connection.send(b"x")
            except OSError:
                pass
        time.sleep(0.2)
        yield connections


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def main():
    program, idle = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(idle + 4_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    good = True
    with tempfile.TemporaryDirectory() as folder:
        relay = Relay(program, f"{folder}/relay.db")
        try:
            good &= measure(relay, "nothing else")
            strangers = [relay.connect() for _ in range(idle)]
            good &= measure(relay, f"{idle} silent connections")
            for connection in strangers:
                connection.close()
            for name, beginning in [
                ("heads", b"POST /opensense HTTP/1.1\r\nHost: relay\r\nX: "),
                ("bodies", HEAD + b"Content-Length: 100000\r\n\r\n"),
                ("chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\nF0000\r\n"),
            ]:
                drippers = drip(relay, beginning, 300, 2)
                held = next(drippers)
                good &= measure(relay, f"300 dripped {name}")
                for held in drippers:
                    pass
                for connection in held:
                    connection.close()
            for cut in [0, 1, 40, len(HEAD), len(HEAD) + 22]:
                for _ in range(300):
                    connection = relay.connect()
                    connection.sendall((HEAD + b"Content-Length: 5\r\n\r\nhello")[:cut])
                    reset(connection)
            for _ in range(300):
                connection = relay.connect()
                connection.sendall(relay.delivery())
                reset(connection)
            good &= measure(relay, "after 1,800 resets at every stage")
            deaf = relay.connect()
            deaf.settimeout(0.2)
            try:
                while True:
                    deaf.sendall(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n" * 500)
            except TimeoutError:
                pass
            good &= measure(relay, "one that never reads its answers")
            deaf.close()
            busy = [relay.connect() for _ in range(900)]
            for _ in range(112):
                for connection in busy:
                    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
                for connection in busy:
                    answer = connection.recv(4096)
                    good &= answer.startswith(b"HTTP/1.1 200")
            good &= measure(relay, "900 connections that asked 100,800 times")
            relay.process.terminate()
            good &= relay.process.wait(timeout=20) == 0
        finally:
            relay.process.kill()
            relay.process.wait()
    sys.exit(0 if good else 1)


main()
