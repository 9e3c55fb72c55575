"""Sends requests that could be read in two ways through nginx and HAProxy to a relay, and looks for what got past them.

Usage: smuggle.py RELAY. Each of thousands of spellings of Transfer-Encoding and Content-Length hides a request for
/smuggled in its body, and has a signed delivery behind it on the same connection. The proxies put /through in front of every
path that they see, so a hidden request that the relay sees without it came past them. Ends with 1 when one did, or when a delivery was answered and not stored, or stored under another's answer.
"""

import base64
import hashlib
import hmac
import itertools
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

SECRET = b"a secret for the front door only"
NAMES = ["Transfer-Encoding", "transfer-encoding", "Transfer-Encoding ", " Transfer-Encoding", "Transfer-Encoding\t", "Transfer_Encoding", "X: y\nTransfer-Encoding", "X: y\rTransfer-Encoding", "X:\r\n Transfer-Encoding"]
SEPARATORS = [": ", ":", ":\t", ": \x0b", " : ", ":\r\n "]
CODINGS = ["chunked", "Chunked", "chunked ", '"chunked"', "chunked\x0b", "chunked,", ",chunked", "chunked, identity", "identity, chunked", "gzip, chunked", "xchunked", "chunked;a=b", "chunked\r\nTransfer-Encoding: identity", ""]
LENGTHS = ["", "Content-Length: {}\r\n", "Content-Length : {}\r\n", "Content-Length: +{}\r\n", "Content-Length: {0}, {0}\r\n", "Content-Length: {0}\r\nContent-Length: 5\r\n", "Content-Length: 5\r\n", "Content_Length: {}\r\n"]
HIDDEN = b"GET /smuggled HTTP/1.1\r\nHost: relay\r\nX: "
BODIES = [b"0\r\n\r\n" + HIDDEN, HIDDEN, b"%x\r\n%s\r\n0\r\n\r\n" % (len(HIDDEN), HIDDEN)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def delivery(number):
    body = json.dumps({"event": {"kind": "alarm_opened", "id": f"evt_{number}"}, "delivery": {"id": f"wh_{number}"}}).encode()
    now = int(time.time())
    mac = base64.b64encode(hmac.new(SECRET, f"{now}.".encode() + body, hashlib.sha256).digest()).decode()
    head = f"POST /opensense HTTP/1.1\r\nHost: relay\r\nConnection: close\r\nX-OpenSense-Signature: t={now},v1={mac}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def cases():
    number = 0
    for name, separator, coding, length, body in itertools.product(NAMES, SEPARATORS, CODINGS, LENGTHS, BODIES):
        number += 1
        # Every second one of the product is enough, and has each spelling beside each other one.
        if number % 2:
            fields = f"{name}{separator}{coding}\r\n{length.format(len(body))}"
            yield number, f"POST /opensense HTTP/1.1\r\nHost: relay\r\n{fields}\r\n".encode("latin-1") + body


def exchange(port, case):
    number, bytes_ = case
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        try:
            connection.sendall(bytes_ + delivery(number))
            connection.settimeout(0.5)
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
    return number, set(re.findall(rb'"delivery_id":"(wh_\d+)"', answer))


def run(name, port, relay_log):
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda case: exchange(port, case), cases()))
    time.sleep(0.5)
    with open(relay_log) as file:
        log = file.read()
    stored = set(re.findall(r"event=delivery\.accepted.*?delivery=(wh_\d+)", log))
    answered = {number for number, ids in results if ids}
    strange = [number for number, ids in results if ids - {f"wh_{number}".encode()}]
    lost = [number for number in answered if f"wh_{number}" not in stored]
    # The log has sixty lines a minute for each code, and nothing else here is answered 404.
    hidden = len(re.findall(r"path=/smuggled", log))
    print(f"{name}: {len(results)} requests, {len(answered)} deliveries behind them taken, {hidden} hidden requests came past it, "
          f"{len(lost)} answered and not stored, {len(strange)} with another's answer", flush=True)
    # Without a proxy a hidden request is another request whenever no body is announced: there some must be seen.
    return not (lost or strange) and answered and bool(hidden) == (name == "straight")


NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 1; events {{ worker_connections 1024; }}
http {{ access_log off; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
upstream relay {{ server 127.0.0.1:{relay}; keepalive 16; }}
server {{ listen 127.0.0.1:{port}; proxy_http_version 1.1; proxy_set_header Connection ""; {extra}
location / {{ proxy_pass http://relay/through/; }} location = /opensense {{ proxy_pass http://relay; }} }} }}
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
    server relay 127.0.0.1:{relay}
"""


def start_relay(program, folder, name):
    environment = dict(os.environ, OPENSENSE_SECRET=SECRET.decode(), PAGERDUTY_ROUTING_KEY="0" * 32, PAGERDUTY_BASE_URL="http://127.0.0.1:9")
    log = f"{folder}/{name}.log"
    process = subprocess.Popen([program, "serve", "--listen", "127.0.0.1:0", "--store", f"sqlite:{folder}/{name}.db"], env=environment, stderr=open(log, "w"))
    while True:
        assert process.poll() is None
        with open(log) as file:
            found = re.search(r"event=relay.started.*port=(\d+)", file.read())
        if found:
            return process, int(found.group(1)), log
        time.sleep(0.02)


def wait_for(port):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the proxy does not listen")


def main():
    program, good = sys.argv[1], True
    doors = [("straight", None, None), ("nginx", NGINX, ""), ("nginx without buffering", NGINX, "proxy_request_buffering off;"), ("HAProxy", HAPROXY, "")]
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        for name, text, extra in doors:
            relay, relay_port, log = start_relay(program, folder, name.replace(" ", "-"))
            proxy, port = None, relay_port
            try:
                if text:
                    port = free_port()
                    path = f"{folder}/proxy.conf"
                    with open(path, "w") as file:
                        file.write(text.format(folder=folder, port=port, relay=relay_port, extra=extra))
                    words = ["haproxy", "-f", path] if text is HAPROXY else ["nginx", "-c", path]
                    proxy = subprocess.Popen(words, stderr=subprocess.DEVNULL)
                    wait_for(port)
                good &= bool(run(name, port, log))
            finally:
                for process in filter(None, [proxy, relay]):
                    process.terminate()
                    process.wait(timeout=30)
    sys.exit(0 if good else 1)


main()
