"""A relay that the measuring and attacking scripts start, and deliveries that it takes."""

import base64
import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SECRET = b"a secret for benchmarks only"  # as in Tests/Benchmarks/RequestFile.swift


class Server:
    """A process that listens, and what it has used."""

    def __init__(self, command, log, environment=None):
        self.log_path = log
        with open(log, "wb") as file:
            self.process = subprocess.Popen(command, stdout=file, stderr=file, env=environment)
        try:
            self.port = self.await_port()
        except BaseException:
            self.process.kill()
            raise

    def await_port(self):
        end = time.monotonic() + 30
        while (port := self.announced_port()) is None:
            if self.process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{self.process.args[0]} does not listen:\n{self.text()}")
            time.sleep(0.01)
        return port

    def text(self):
        with open(self.log_path) as file:
            return file.read()

    def announced_port(self):
        for line in self.text().splitlines(keepends=True):
            if line.endswith("\n"):
                for word in ("listening on ", "port="):
                    if word in line:
                        return int(line.split(word)[1].split()[0])
        return None

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_kib(self):
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(file.read().split("VmRSS:")[1].split()[0])

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        """Ends it in order, and gives how it ended."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


class Identity:
    """A certificate for localhost with its key."""

    def __init__(self, folder):
        self.certificate, self.key = f"{folder}/certificate.pem", f"{folder}/key.pem"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
            + ["-subj", "/CN=localhost", "-keyout", self.key, "-out", self.certificate],
            check=True, stderr=subprocess.DEVNULL,
        )


def start_relay(program, folder, identity=None):
    """A relay with a new store, over TLS where it is given an identity. Its vendor does not answer: work piles up."""
    environment = dict(
        os.environ, OPENSENSE_SECRET=SECRET.decode(), PAGERDUTY_ROUTING_KEY="0" * 32, PAGERDUTY_BASE_URL="http://127.0.0.1:9"
    )
    store = tempfile.mkdtemp(dir=folder)
    command = [program, "serve", "--store", f"sqlite:{store}/relay.db"]
    if identity:
        listen = {"address": "127.0.0.1:0", "tls": {"certificate": identity.certificate, "key": identity.key}}
        pagerduty = {"adapter": "pagerduty", "routingKey": "env:PAGERDUTY_ROUTING_KEY", "baseURL": "http://127.0.0.1:9"}
        configuration = {
            "listen": listen, "sources": [{"secrets": ["env:OPENSENSE_SECRET"]}], "destinations": {"pagerduty": pagerduty},
            "routes": [{"to": ["pagerduty"]}],
        }
        with open(f"{store}/relay.json5", "w") as file:
            json.dump(configuration, file)
        command += ["--config", f"{store}/relay.json5"]
    else:
        command += ["--listen", "127.0.0.1:0"]
    server = Server(command, f"{store}/log", environment)
    server.store = f"{store}/relay.db"
    return server


def signature(body, secret=SECRET):
    """The header's value for a body that is signed now."""
    now = int(time.time())
    mac = base64.b64encode(hmac.new(secret, f"{now}.".encode() + body, hashlib.sha256).digest()).decode()
    return f"t={now},v1={mac}"


def delivery(number, more_fields=""):
    """A request with a signed alarm of a number's own."""
    body = json.dumps(
        {
            "event": {"kind": "alarm_opened", "id": f"evt_{number}", "device_id": f"d{number % 7}"},
            "delivery": {"id": f"wh_{number}"},
        }
    ).encode()
    head = f"POST /opensense HTTP/1.1\r\nHost: relay\r\n{more_fields}X-OpenSense-Signature: {signature(body)}\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
