#!/usr/bin/env python3
"""Writes signatures.json: what a verifier of X-OpenSense-Signature must accept and refuse.

Made with Python's own hmac, apart from the code that is tested with it.
"""
import base64
import hashlib
import hmac
import json
import pathlib

SECRET = "a long random string"
NEW = "the secret after the rotation"
T = 1717248000
SAMPLE = '{"event":{"kind":"alarm_opened"},"delivery":{"id":"wh_4f3c1a"}}'.encode()


def mac(secret, t, body):
    return base64.b64encode(hmac.new(secret.encode(), f"{t}.".encode() + body, hashlib.sha256).digest()).decode()


def sign(secret=SECRET, t=T, body=SAMPLE):
    return f"t={t},v1={mac(secret, t, body)}"


def vector(name, expect, headers=None, body=SAMPLE, secrets=(SECRET,), now=T, secret_index=None):
    result = {
        "name": name, "secrets": list(secrets), "headers": [sign(body=body)] if headers is None else headers,
        "body": base64.b64encode(body).decode(), "now": now, "expect": expect,
    }
    if expect == "ok":
        result["secretIndex"] = secret_index or 0
    return result


GOOD = mac(SECRET, T, SAMPLE)
BAD = "header-malformed"
STALE = "timestamp-outside-tolerance"
NO = "signature-mismatch"
vectors = [
    vector("the documented form", "ok"),
    vector("an empty body", "ok", body=b""),
    vector("a body of every byte", "ok", body=bytes(range(256))),
    vector("a body that ends in a newline", "ok", body=SAMPLE + b"\n"),
    vector("CRLF within the body", "ok", body=b"{\r\n}"),
    vector("a body with a byte order mark", "ok", body=b"\xef\xbb\xbf" + SAMPLE),
    vector("a body of 100,000 bytes", "ok", body=b"x" * 100_000),
    vector("exactly 300 s old", "ok", now=T + 300),
    vector("301 s old", STALE, now=T + 301),
    vector("exactly 300 s in the future", "ok", now=T - 300),
    vector("301 s in the future", STALE, now=T - 301),
    vector("stale and wrongly signed is wrongly signed", NO, now=T + 301, secrets=("another secret",)),
    vector("the receiver rotates: the first secret", "ok", secrets=(SECRET, NEW), secret_index=0),
    vector("the receiver rotates: the second secret", "ok", secrets=(NEW, SECRET), secret_index=1),
    vector("the sender rotates: both signatures", "ok", headers=[f"{sign(NEW)},v1={GOOD}"]),
    vector("both rotate", "ok", headers=[f"{sign('gone')},v1={GOOD}"], secrets=(NEW, SECRET), secret_index=1),
    vector("another secret", NO, secrets=("another secret",)),
    vector("a secret with a newline is another secret", NO, secrets=(SECRET + "\n",)),
    vector("a secret of letters beyond ASCII is its UTF-8", "ok", headers=[sign("gehëim")], secrets=("gehëim",)),
    vector("a changed body", NO, headers=[sign()], body=SAMPLE.replace(b"wh_4f3c1a", b"wh_4f3c1b")),
    vector("a body with a newline added", NO, headers=[sign()], body=SAMPLE + b"\n"),
    vector("another time than was signed", NO, headers=[f"t={T + 1},v1={GOOD}"]),
    vector("the digits are signed as they stand", NO, headers=[f"t=0{T},v1={GOOD}"]),
    vector("leading zeros that were signed", "ok", headers=[sign(t=f"0{T}")]),
    vector("the signature in front", "ok", headers=[f"v1={GOOD},t={T}"]),
    vector("blanks around the commas", "ok", headers=[f" t={T} ,\tv1={GOOD} "]),
    vector("unknown keys are skipped", "ok", headers=[f"v0=abc,t={T},kid=a=b,v1={GOOD}"]),
    vector("a v1 that is no signature is skipped beside one that is", "ok", headers=[f"t={T},v1=abc,v1={GOOD}"]),
    vector("no header", "header-missing", headers=[]),
    vector("two headers", BAD, headers=[sign(), sign()]),
    vector("an empty header", BAD, headers=[""]),
    vector("no timestamp", BAD, headers=[f"v1={GOOD}"]),
    vector("two timestamps", BAD, headers=[f"t={T},t={T},v1={GOOD}"]),
    vector("no signature", BAD, headers=[f"t={T}"]),
    vector("a comma at the end", BAD, headers=[sign() + ","]),
    vector("t=nan", BAD, headers=[f"t=nan,v1={GOOD}"]),
    vector("a negative timestamp", BAD, headers=[f"t=-1,v1={GOOD}"]),
    vector("a timestamp beyond every integer", BAD, headers=[f"t=99999999999999999999,v1={GOOD}"]),
    vector("milliseconds", BAD, headers=[sign(t=T * 1000)]),
    vector("hexadecimal", BAD, headers=[f"t={T},v1={base64.b64decode(GOOD).hex()}"]),
    vector("base64 without padding", BAD, headers=[f"t={T},v1={GOOD.rstrip('=')}"]),
    vector("base64 with stray bits", BAD, headers=[f"t={T},v1={GOOD[:-2] + chr(ord(GOOD[-2]) + 1)}="]),
    vector("seventeen pairs", BAD, headers=[sign() + ",a=b" * 15]),
    vector("sixteen pairs", "ok", headers=[sign() + ",a=b" * 14]),
    vector("4,097 bytes", BAD, headers=[sign() + ",a=" + "x" * (4097 - len(sign()) - 3)]),
    vector("4,096 bytes", "ok", headers=[sign() + ",a=" + "x" * (4096 - len(sign()) - 3)]),
]

path = pathlib.Path(__file__).parent / "signatures.json"
path.write_text(json.dumps({"version": 1, "vectors": vectors}, indent=1, ensure_ascii=False) + "\n")
