"""Sends requests that could be read in two ways to a relay, straight and through nginx and HAProxy, without TLS and with it.

Usage: smuggle.py RELAY. Each of thousands of spellings of Transfer-Encoding and Content-Length hides a request for
/smuggled in its body, and has a signed delivery behind it on the same connection. The proxies put /through in front of every
path that they see, so a hidden request that the relay sees without it came past them. Ends with 1 when one did, or when a
delivery was answered and not stored, or stored under another's answer.
"""

import itertools
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from relay_under_test import Identity, delivery, start_relay

NAMES = ["Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", " Transfer-Encoding", "Transfer-Encoding\t", "Transfer_Encoding", "X: y\nTransfer-Encoding", "X: y\rTransfer-Encoding", "X:\r\n Transfer-Encoding"]
SEPARATORS = [": ", ":", ":\t", ": \x0b", " : ", ":\r\n "]
CODINGS = ["chunked", "Chunked", "chunked ", '"chunked"', "chunked\x0b", "chunked,", ",chunked", "chunked, identity", "identity, chunked", "gzip, chunked", "xchunked", "chunked;a=b", "chunked\r\nTransfer-Encoding: identity", ""]
LENGTHS = ["", "Content-Length: {}\r\n", "Content-Length : {}\r\n", "Content-Length: +{}\r\n", "Content-Length: {0}, {0}\r\n", "Content-Length: {0}\r\nContent-Length: 5\r\n", "Content-Length: 5\r\n", "Content_Length: {}\r\n"]
HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: relay\r\nX: "
WHOLE = b"GET /smuggled HTTP/1.1\r\nHost: relay\r\n\r\n"
BODIES = [b"0\r\n\r\n" + HIDDEN, HIDDEN, b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN), b"0\r\n\r\n" + WHOLE, WHOLE]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cases():
    number = 0
    for name, separator, coding, length, body in itertools.product(NAMES, SEPARATORS, CODINGS, LENGTHS, BODIES):
        number += 1
        # Every second one of the product is enough, and has each spelling beside each other one.
        if number % 2:
            fields = f"{name}{separator}{coding}\r\n{length.format(len(body))}"
            yield number, f"POST /opensense HTTP/1.1\r\nHost: relay\r\n{fields}\r\n".encode("latin-1") + body


def exchange(port, context, case):
    number, bytes_ = case
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        connection = context.wrap_socket(plain, server_hostname="localhost") if context else plain
        answer = b""
        try:
            connection.sendall(bytes_ + delivery(number, "Connection: close\r\n"))
            connection.settimeout(0.5)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
        connection.close()
    return number, set(re.findall(rb'"delivery_id":"(wh_\d+)"', answer))


def run(name, port, context, relay):
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda case: exchange(port, context, case), cases()))
    time.sleep(0.5)
    log = relay.text()
    stored = set(re.findall(r"event=delivery\.accepted.*?delivery=(wh_\d+)", log))
    answered = {number for number, ids in results if ids}
    strange = [number for number, ids in results if ids - {f"wh_{number}".encode()}]
    lost = [number for number in answered if f"wh_{number}" not in stored]
    # A hidden request is answered 404 when it is whole, and 400 when it swallows the delivery's head: it has two hosts then. The
    # log has sixty lines a minute for each code.
    hidden = len(re.findall(r"path=/smuggled", log))
    print(f"{name}: {len(results)} requests, {len(answered)} deliveries behind them taken, {hidden} hidden requests came past it, "
          f"{len(lost)} answered and not stored, {len(strange)} with another's answer", flush=True)
    # Without a proxy a hidden request is another request whenever no body is announced: there some must be seen.
    return not (lost or strange) and answered and bool(hidden) == name.startswith("straight")


NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
upstream relay {{ server 127.0.0.1:{relay}; keepalive 16; }}
server {{ listen 127.0.0.1:{port}; proxy_http_version 1.1; proxy_set_header Connection ""; {extra}
location / {{ proxy_pass {scheme}://relay/through/; }} location = /opensense {{ proxy_pass {scheme}://relay; }} }} }}
"""
HAPROXY = """defaults
    mode http
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    http-reuse always
frontend door
    bind 127.0.0.1:{port}
    http-request set-path /through%[path] unless {{ path /opensense }}
    default_backend relay
backend relay
    server relay 127.0.0.1:{relay} {extra}
"""


def wait_for(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the proxy does not listen")


def start_proxy(text, extra, folder, port, relay, tls):
    """The process, which may not listen yet."""
    path = f"{folder}/proxy.conf"
    scheme = "https" if tls else "http"
    with open(path, "w") as file:
        file.write(text.format(folder=folder, port=port, relay=relay.port, scheme=scheme, extra=extra))
    words = ["haproxy", "-f", path] if text is HAPROXY else ["nginx", "-c", path]
    return subprocess.Popen(words, stderr=subprocess.DEVNULL)


# The name, the proxy with what is added to its configuration, and whether the relay has TLS.
DOORS = [
    ("straight", None, "", False),
    ("straight, TLS", None, "", True),
    ("nginx", NGINX, "", False),
    ("nginx without buffering", NGINX, "proxy_request_buffering off;", False),
    ("nginx, TLS behind it", NGINX, "proxy_request_buffering off;", True),
    ("HAProxy", HAPROXY, "", False),
    ("HAProxy, TLS behind it", HAPROXY, "ssl verify none", True),
]


def main():
    program, good = sys.argv[1], True
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        identity = Identity(folder)
        trusting = ssl.create_default_context(cafile=identity.certificate)
        for name, text, extra, tls in DOORS:
            with start_relay(program, folder, identity if tls else None) as relay:
                if text is None:
                    good &= bool(run(name, relay.port, trusting if tls else None, relay))
                    continue
                port = free_port()
                proxy = start_proxy(text, extra, folder, port, relay, tls)
                try:
                    wait_for(port)
                    good &= bool(run(name, port, None, relay))
                finally:
                    proxy.terminate()
                    proxy.wait(timeout=30)
    sys.exit(0 if good else 1)


main()
