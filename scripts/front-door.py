"""Has strangers do their worst to a running relay's port, without TLS and with it, and measures what authentic deliveries have of it.

Usage: front-door.py RELAY [IDLE]. RELAY is the program; IDLE (10000) connections that say nothing come, a quarter of them with a
finished handshake where there is TLS, of which the relay keeps 1,024 unfinished ones. Each part ends with deliveries that must
all be answered 200, and prints their p99 and how many files the relay had open. Ends with 1 when one is not, or when the relay
does not have as many connections open as it should.
"""

import os
import resource
import socket
import ssl
import struct
import sys
import tempfile
import threading
import time

from relay_under_test import Identity, delivery, start_relay

DELIVERIES = 300
HANDSHAKES_MAX = 1_024  # as in ServerLimits: the oldest make room
HEAD = b"POST /opensense HTTP/1.1\r\nHost: relay\r\nX-OpenSense-Signature: t=1,v1=" + b"A" * 43 + b"=\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n"


class Door:
    """A relay's port, and those who come to it."""

    def __init__(self, server, identity):
        self.server = server
        self.context = ssl.create_default_context(cafile=identity.certificate) if identity else None
        self.count = 0
        self.good = True

    def dial(self):
        """A connection on which nothing has been said."""
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=30)

    def connect(self):
        """A connection for requests."""
        connection = self.dial()
        return self.context.wrap_socket(connection, server_hostname="localhost") if self.context else connection

    def delivery(self):
        self.count += 1
        return delivery(self.count)

    def deliver(self):
        """Sends one on a separate connection, as the sender does; the seconds it took, or None."""
        began = time.monotonic()
        with self.connect() as connection:
            connection.sendall(self.delivery())
            answer = connection.recv(4096)
        return time.monotonic() - began if answer.startswith(b"HTTP/1.1 200") else None

    def measure(self, what, held=0):
        """Sends deliveries; held is how many connections of others the relay has to have open before them."""
        open_files = self.server.open_files()
        took = [self.deliver() for _ in range(DELIVERIES)]
        good = sorted(t for t in took if t is not None)
        p99 = good[int(len(good) * 0.99)] * 1000 if good else 0
        name = "TLS" if self.context else "no TLS"
        print(
            f"{name}, {what}: {len(good)} of {DELIVERIES} accepted, p99 {p99:.1f} ms, {self.server.resident_kib() // 1024} MiB,"
            f" {open_files} files open", flush=True
        )
        self.good &= None not in took and open_files >= held


def drip(connections, rest, is_over):
    """Sends a byte of the rest on each, again and again."""
    sent = 0
    while not is_over.wait(0.2):
        for connection in connections:
            try:
                connection.send(rest[sent % len(rest) :][:1])
            except OSError:
                pass
        sent += 1


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def close(connections):
    for connection in connections:
        connection.close()


def under_drip(door, what, connections, beginning, rest=b"x"):
    for connection in connections:
        connection.sendall(beginning)
    is_over = threading.Event()
    dripper = threading.Thread(target=drip, args=(connections, rest, is_over))
    dripper.start()
    try:
        time.sleep(1)
        door.measure(what, held=len(connections))
    finally:
        is_over.set()
        dripper.join()
    close(connections)


# What strangers do.


def silence(door, idle):
    asking = [door.connect() for _ in range(idle // 4)] if door.context else []
    silent = [door.dial() for _ in range(idle - len(asking))]
    held = len(asking) + min(len(silent), HANDSHAKES_MAX) if asking else idle
    door.measure(f"{idle} silent connections" + (f", {len(asking)} of them after a handshake" if asking else ""), held)
    close(asking + silent)


def dripping(door):
    for name, beginning in [
        ("heads", b"POST /opensense HTTP/1.1\r\nHost: relay\r\nX: "),
        ("bodies", HEAD + b"Content-Length: 100000\r\n\r\n"),
        ("chunks", HEAD + b"Transfer-Encoding: chunked\r\n\r\nF0000\r\n"),
    ]:
        under_drip(door, f"300 dripped {name}", [door.connect() for _ in range(300)], beginning)


def resets(door):
    for cut in [0, 1, 40, len(HEAD), len(HEAD) + 22]:
        for _ in range(300):
            connection = door.connect()
            connection.sendall((HEAD + b"Content-Length: 5\r\n\r\nhello")[:cut])
            reset(connection)
    for _ in range(300):
        connection = door.connect()
        connection.sendall(door.delivery())
        reset(connection)
    door.measure("after 1,800 resets at every stage")


def deafness(door):
    deaf = door.connect()
    deaf.settimeout(0.2)
    try:
        while True:
            deaf.sendall(HEALTH * 500)
    except TimeoutError:
        pass
    door.measure("one that never reads its answers")
    deaf.close()


def crowd(door):
    busy = [door.connect() for _ in range(900)]
    for _ in range(112):
        for connection in busy:
            connection.sendall(HEALTH)
        for connection in busy:
            door.good &= connection.recv(4096).startswith(b"HTTP/1.1 200")
    door.measure("900 connections that asked 100,800 times", held=len(busy))
    close(busy)


def client_hello():
    """The first bytes of a client that wants TLS."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


def handshakes(door):
    hello = client_hello()
    under_drip(door, "300 dripped handshakes", [door.dial() for _ in range(300)], hello[:1], hello[1:])
    open_ended = [door.dial() for _ in range(2_000)]
    for connection in open_ended:
        connection.sendall(hello)
    door.measure("2,000 handshakes that are not gone on with", held=HANDSHAKES_MAX)
    close(open_ended)
    for cut in [1, 5, 40, len(hello)]:
        for _ in range(300):
            connection = door.dial()
            connection.sendall(hello[:cut])
            reset(connection)
    for beginning in (b"", hello[:5]):
        for _ in range(300):
            connection = door.dial()
            connection.sendall(beginning + os.urandom(300))
            connection.close()
    door.measure("after 1,200 resets within handshakes, and 600 of noise")
    with door.dial() as connection:
        connection.sendall(HEALTH)
        door.good &= connection.recv(4096).startswith(b"HTTP/1.1 400")
    door.measure("after a request without TLS, answered 400")


def attack(program, folder, idle, identity):
    with start_relay(program, folder, identity) as server:
        door = Door(server, identity)
        door.measure("nothing else")
        silence(door, idle)
        if identity:
            handshakes(door)
        dripping(door)
        resets(door)
        deafness(door)
        crowd(door)
        return server.stop() == 0 and door.good


def main():
    program, idle = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(idle + 4_000, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    with tempfile.TemporaryDirectory() as folder:
        good = [attack(program, folder, idle, identity) for identity in (None, Identity(folder))]
    sys.exit(0 if all(good) else 1)


main()
