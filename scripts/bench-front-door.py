"""Measures what the HTTP server costs: beside floors in C, for refused requests, over TLS, and with idle connections.

Usage: bench-front-door.py BIN FLOORS [PART...]. BIN has the release builds of opensense-relay and Benchmarks; FLOORS has the
programs that are built of Tests/Benchmarks/Floor. The parts are floor, store, refusals, beside, tls and idle; without one all of
them. SECONDS_LOAD (5) is how long each load lasts, ROUNDS (2) how often floor and server take turns.
"""

import json
import os
import resource
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from relay_under_test import Identity, Server, signature, start_relay

SECONDS = int(os.environ.get("SECONDS_LOAD", "5"))
ROUNDS = int(os.environ.get("ROUNDS", "2"))
BENCHMARKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../Tests/Benchmarks")
BODY = json.dumps(
    {
        "event": {
            "id": "evt_7c2e", "kind": "alarm_opened", "severity": "alarm", "opened_at": "2026-05-17T08:10:00Z",
            "site_id": "site_4f3c", "device_id": "dev_b1d2", "channel_id": "chn_9a7e", "value_at": 11.2,
            "thresholds": {"ok_min": -2, "ok_max": 8},
        },
        "delivery": {"id": "wh_7c2e", "attempt": 1, "delivered_at": "2026-05-17T08:10:01Z"},
    },
    indent=2,
).encode()


class Bench:
    def __init__(self, bin_folder, floors, folder):
        self.bin, self.floors, self.folder = bin_folder, floors, folder
        self.identity = Identity(folder)

    # What is measured.

    def floor_server(self):
        return Server([f"{self.floors}/floor"], f"{self.folder}/log")

    def empty_handler(self, loops, tls=False):
        identity = [self.identity.certificate, self.identity.key] if tls else []
        return Server([f"{self.bin}/Benchmarks", "empty-handler", str(loops), *identity], f"{self.folder}/log")

    def relay(self, tls=False):
        return start_relay(f"{self.bin}/opensense-relay", self.folder, self.identity if tls else None)

    def statements(self, accepts, batch):
        """The CPU time of the statements of an accept, in microseconds, in a new store."""
        with self.relay() as relay:
            pass
        command = [f"{self.floors}/statements", relay.store, str(accepts), str(batch)]
        return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    # What is sent.

    def wrk(self, server, request, connections, pause=0, tls=False):
        """A running wrk that sends the request again and again."""
        path = f"{self.folder}/request"
        with open(path, "wb") as file:
            file.write(request)
        scheme = "https" if tls else "http"
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{SECONDS}s", "--timeout", "6s"]
        command += ["--script", f"{BENCHMARKS}/repeat.lua", f"{scheme}://127.0.0.1:{server.port}/"]
        environment = dict(os.environ, REQUEST_FILE=path, PAUSE_MS=str(pause))
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)

    def load(self, server, *arguments, **options):
        """What wrk saw, and the CPU time of the server for each request."""
        before = server.cpu_seconds()
        output, _ = self.wrk(server, *arguments, **options).communicate()
        seen = json.loads(output.splitlines()[-1])
        seen["rate"] = seen["requests"] / seen["seconds"]
        seen["cpu_us"] = (server.cpu_seconds() - before) * 1e6 / max(seen["requests"], 1)
        return seen

    def durable_accepts(self, server, connections, tls=False):
        """The same of signed deliveries, none of them sent twice; what wrk saw is a line of text."""
        path, count = f"{self.folder}/deliveries", SECONDS * 60_000
        length = subprocess.run(
            [f"{self.bin}/Benchmarks", "requests", str(count), path], check=True, capture_output=True, text=True
        ).stdout.strip()
        os.sync()  # the file is written now, not beside the relay's own commits
        command = ["wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{SECONDS}s", "--timeout", "6s"]
        command += ["--script", f"{BENCHMARKS}/accept.lua", f"{'https' if tls else 'http'}://127.0.0.1:{server.port}/"]
        before = server.cpu_seconds()
        line = subprocess.run(
            command, env=dict(os.environ, REQUEST_FILE=path, REQUEST_BYTES=length), check=True, capture_output=True, text=True
        ).stdout.splitlines()[-1]
        os.unlink(path)
        return line, (server.cpu_seconds() - before) * 1e6 / int(line.split()[1])


def post(signature=None, path="/opensense", body=BODY):
    signed = f"X-OpenSense-Signature: {signature}\r\n" if signature else ""
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{signed}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def refusals():
    """Requests that cost their sender nothing."""
    return {
        "no signature": post(),
        "malformed signature": post("t=now,v1=?"),
        "wrong signature": post(signature(BODY, b"another")),
        "wrong path": post(path="/wp-login.php"),
    }


def ask(server, request):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(4096).split()[1].decode()


def say(line):
    print(f"{line} [load {os.getloadavg()[0]:.1f}]", flush=True)


def measure_floor(bench):
    request = post(signature(BODY))
    for connections in (1, 16, 64, 256):
        best = {}
        for _ in range(ROUNDS):
            for name, start in (
                ("floor", bench.floor_server),
                ("1 loop", lambda: bench.empty_handler(1)),
                ("2 loops", lambda: bench.empty_handler(2)),
            ):
                with start() as server:
                    seen = bench.load(server, request, connections)
                assert seen["refused"] == 0, seen
                if name not in best or seen["rate"] > best[name]["rate"]:
                    best[name] = seen
        floor = best["floor"]
        for name, seen in best.items():
            say(
                f"empty handler, {connections} connections, {name}: {seen['rate']:.0f}/s ({seen['rate'] / floor['rate']:.2f} of the floor),"
                f" {seen['cpu_us']:.1f} µs of CPU each ({floor['cpu_us'] / seen['cpu_us']:.2f}), p99 {seen['p99_ms']:.2f} ms"
            )


def measure_store(bench, accepts=40_000):
    for connections, batch in ((1, 1), (16, 8), (64, 32)):
        cost = []
        for _ in range(ROUNDS):
            with bench.relay() as relay:
                line, cpu_us = bench.durable_accepts(relay, connections)
            cost.append((cpu_us, bench.statements(accepts // (8 if batch == 1 else 1), batch), line))
        cpu_us, floor_us, line = min(cost)
        say(
            f"durable accepts, {connections} connections: {line}, {cpu_us:.1f} µs of CPU each, of which SQLite's statements alone,"
            f" {batch} to a commit, take {floor_us:.1f} ({floor_us / cpu_us:.2f})"
        )


def measure_refusals(bench):
    for name, request in refusals().items():
        with bench.relay() as relay:
            first = ask(relay, request)
            seen = bench.load(relay, request, 64)
            last = ask(relay, request)
            say(f"refusal, {name} ({first}, then {last}): {seen['cpu_us']:.1f} µs of CPU each at {seen['rate']:.0f}/s")


def deliver(server, requests, per_second):
    """Sends at a fixed pace whatever the answers do, each on a new connection; the seconds from when each was due.

    What is not answered 200 counts as the longest there is.
    """
    began, waiting, took = time.monotonic(), {}, []
    poller, sent = select.epoll(), 0
    while sent < len(requests) or (waiting and time.monotonic() < began + len(requests) / per_second + 10):
        due = began + sent / per_second
        pause = due - time.monotonic() if sent < len(requests) else 0.1
        if pause <= 0:
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(requests[sent])
            waiting[connection.fileno()] = (connection, due)
            poller.register(connection, select.EPOLLIN)
            sent += 1
            pause = 0
        # What polls itself waits whole milliseconds, which is longer than most answers take.
        select.select([poller], [], [], pause)
        for descriptor, _ in poller.poll(0):
            connection, due = waiting.pop(descriptor)
            good = connection.recv(4096).startswith(b"HTTP/1.1 200")
            took.append(time.monotonic() - due if good else float("inf"))
            connection.close()
    return sorted(took + [float("inf")] * len(waiting))


def deliveries(count):
    for number in range(count):
        unique = f"{os.urandom(4).hex()}{number}".encode()
        body = BODY.replace(b"7c2e", unique).replace(b"9a7e", unique)
        yield post(signature(body), body=body)


def measure_beside(bench, per_second=300, connections=128, pause=6):
    for name, request in {"nothing": None, **refusals()}.items():
        with bench.relay() as relay:
            requests = list(deliveries(per_second * (SECONDS - 1)))
            strangers = bench.wrk(relay, request, connections, pause=pause) if request else None
            time.sleep(0.5)
            took = deliver(relay, requests, per_second)
            beside = ""
            if strangers:
                seen = json.loads(strangers.communicate()[0].splitlines()[-1])
                beside = f", {seen['requests'] / seen['seconds']:.0f}/s"
            at = [f"p{share} {took[len(took) * share // 100] * 1e3:.2f} ms" for share in (50, 90, 99)]
            lost = took.count(float("inf"))
            say(f"{per_second}/s authentic beside {name}{beside}: {', '.join(at)}, max {took[-1] * 1e3:.1f} ms, lost {lost}")


def handshakes(server):
    """Whole handshakes a second of two clients, and the CPU time of the server for each."""
    before, began = server.cpu_seconds(), time.monotonic()
    command = ["openssl", "s_time", "-connect", f"127.0.0.1:{server.port}", "-new", "-time", str(SECONDS)]
    clients = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
    count = 0
    for client in clients:
        lines = client.communicate()[0].splitlines()
        count += int(next(line for line in lines if "real seconds" in line).split()[0])
    return count / (time.monotonic() - began), (server.cpu_seconds() - before) * 1e6 / max(count, 1)


def measure_tls(bench):
    request = post(signature(BODY))
    for tls in (False, True):
        name = "TLS" if tls else "no TLS"
        with bench.empty_handler(1, tls=tls) as server:
            seen = bench.load(server, request, 64, tls=tls)
            say(f"empty handler, 64 connections, {name}: {seen['rate']:.0f}/s, {seen['cpu_us']:.1f} µs of CPU each")
        with bench.relay(tls=tls) as relay:
            line, cpu_us = bench.durable_accepts(relay, 64, tls=tls)
            say(f"durable accepts, 64 connections, {name}: {line}, {cpu_us:.1f} µs of CPU each")
        with bench.relay(tls=tls) as relay:
            seen = bench.load(relay, post(), 64, tls=tls)
            say(f"refusal, no signature, {name}: {seen['cpu_us']:.1f} µs of CPU each at {seen['rate']:.0f}/s")
    with bench.relay(tls=True) as relay:
        rate, cpu_us = handshakes(relay)
        say(f"whole handshakes: {rate:.0f}/s of two clients on this machine, {cpu_us:.0f} µs of CPU each")


def measure_idle(bench):
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    context = ssl.create_default_context(cafile=bench.identity.certificate)
    context.check_hostname = False
    for tls, count in ((False, 10_000), (True, 5_000)):
        with bench.relay(tls=tls) as relay:
            before, connections = relay.resident_kib(), []
            for _ in range(count):
                connection = socket.create_connection(("127.0.0.1", relay.port), timeout=10)
                connections.append(context.wrap_socket(connection) if tls else connection)
            silent = relay.resident_kib()
            for connection in connections:
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: relay\r\n\r\n")
                assert connection.recv(4096).startswith(b"HTTP/1.1 200")
            asked = relay.resident_kib()
            for connection in connections:
                connection.close()
            each = [f"{(now - before) / count:.1f} KiB each" for now in (silent, asked)]
            say(
                f"{count} idle connections, {'TLS' if tls else 'no TLS'}: {before // 1024} MiB without, {silent // 1024} MiB with"
                f" ({each[0]}), {asked // 1024} MiB after a request of each ({each[1]})"
            )


PARTS = {
    "floor": measure_floor, "store": measure_store, "refusals": measure_refusals, "beside": measure_beside, "tls": measure_tls,
    "idle": measure_idle,
}


def main():
    if len(sys.argv) < 3 or any(part not in PARTS for part in sys.argv[3:]):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], sys.argv[2], folder)
        for part in sys.argv[3:] or PARTS:
            PARTS[part](bench)


main()
