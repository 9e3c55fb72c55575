"""One round of measurements of the verifiers from PyPI, printed as verify-benchmark prints its own."""

import base64
import hashlib
import hmac
import importlib.metadata
import sys
import time

import standardwebhooks
import stripe

SIZES = [512, 1_024, 20_480, 262_144]
TURNS = 7
TURN_NANOSECONDS = 10_000_000
SECRET = "a secret for benchmarks only"


def body_of(size):
    """A JSON document of exactly `size` characters, the same as in Contender.swift."""
    start, end = '{"padding":"', '"}'
    return start + "a" * (size - len(start) - len(end)) + end


def standard_webhooks(body):
    webhook = standardwebhooks.Webhook(SECRET.encode())
    now = str(int(time.time()))
    mac = hmac.new(SECRET.encode(), f"msg_1.{now}.{body}".encode(), hashlib.sha256).digest()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": now,
        "webhook-signature": "v1," + base64.b64encode(mac).decode(),
    }
    # Without parsing the body, which nobody else here does.
    return lambda: webhook.verify(body, headers, json_parse=False)


def stripe_webhooks(body):
    now = int(time.time())
    mac = hmac.new(SECRET.encode(), f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
    header = f"t={now},v1={mac}"
    return lambda: stripe.WebhookSignature.verify_header(body, header, SECRET, 300)


CONTENDERS = [
    (f"{package} {importlib.metadata.version(package)} (Python)", make)
    for package, make in [("standardwebhooks", standard_webhooks), ("stripe", stripe_webhooks)]
]


def nanoseconds(verify, repetitions):
    start = time.perf_counter_ns()
    for _ in range(repetitions):
        verify()  # raises when it does not hold
    return time.perf_counter_ns() - start


def main():
    for size in SIZES:
        verifiers = [(name, make(body_of(size))) for name, make in CONTENDERS]
        for turn in range(TURNS):
            for name, verify in verifiers:
                once = max(1, nanoseconds(verify, 10) // 10)
                repetitions = max(1, TURN_NANOSECONDS // once)
                time_each = nanoseconds(verify, repetitions) / repetitions
                print(size, f"{sys.argv[1]}.{turn}", name, time_each, sep="\t")


main()
