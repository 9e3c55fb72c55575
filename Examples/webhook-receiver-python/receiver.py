#!/usr/bin/env python3
"""Receives OpenSense's webhooks, from OpenSense itself or from the relay's adapter `webhook`.

Needs Python 3.9 and nothing else. OPENSENSE_SECRET is the webhook's secret, PORT where to listen (8080), DATABASE a file that
keeps which deliveries came (deliveries.db). Put a proxy that speaks TLS in front.
"""
import base64, hashlib, hmac, json, os, sqlite3, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["OPENSENSE_SECRET"].encode()
TOLERANCE_SECONDS = 300
BODY_BYTES_MAX = 1 << 20
KEPT_SECONDS = 30 * 24 * 3600  # OpenSense tries for 8 hours, a relay for a day; people retry later

database = sqlite3.connect(os.environ.get("DATABASE", "deliveries.db"), check_same_thread=False, isolation_level=None)
database.execute("PRAGMA synchronous=FULL")
database.execute("CREATE TABLE IF NOT EXISTS delivery (id TEXT PRIMARY KEY, body BLOB NOT NULL, received_at INTEGER NOT NULL)")
lock = threading.Lock()


def handle(event, delivery_id):
    """Your own work: page a person, open a ticket. Raising makes the sender try again, and so do more than 5 seconds."""
    print("delivery", event.get("kind"), delivery_id, file=sys.stderr, flush=True)


def fault(headers, body):
    """Why the signature is not the sender's; None when it is."""
    parts = dict(part.strip().split("=", 1) for part in headers.get("X-OpenSense-Signature", "").split(",") if "=" in part)
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return 401, "unauthenticated"
    code = hmac.new(SECRET, stamp.encode() + b"." + body, hashlib.sha256).digest()
    # Bytes, as texts with other characters than ASCII cannot be compared in constant time.
    if not hmac.compare_digest(base64.b64encode(code), given.encode("utf-8", "surrogateescape")):
        return 401, "unauthenticated"
    if abs(time.time() - int(stamp)) > TOLERANCE_SECONDS:
        return 429, "timestamp-outside-tolerance"  # authentic: sent again with a new time, and not dropped as by a 4xx
    return None


def accept(delivery_id, body):
    """Handles a delivery once; the lock makes one that comes twice at a time wait for the first."""
    with lock:
        database.execute("BEGIN IMMEDIATE")
        try:
            database.execute("DELETE FROM delivery WHERE received_at < ?", (int(time.time()) - KEPT_SECONDS,))
            new = database.execute(
                "INSERT OR IGNORE INTO delivery VALUES (?, ?, ?)", (delivery_id, body, int(time.time()))).rowcount
            if new:
                handle(json.loads(body)["event"], delivery_id)
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
    return "accepted" if new else "duplicate"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            return self.answer(411, "length-required")
        if int(length) > BODY_BYTES_MAX:
            return self.answer(413, "too-large")
        body = self.rfile.read(int(length))  # the raw bytes: what is parsed and written anew has another signature
        if len(body) < int(length):
            return self.answer(400, "cut-short")
        refused = fault(self.headers, body)
        if refused:
            return self.answer(*refused)
        try:
            document = json.loads(body)
            event, delivery = document["event"], document.get("delivery") or {}
            delivery_id = self.headers.get("X-OpenSense-Delivery-Id") or delivery["id"]
            if not isinstance(event["kind"], str) or not isinstance(delivery_id, str):
                raise TypeError("kind and id are texts")
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            # Authentic and not understood: sent again it would be the same, so it is kept for a person.
            print("not understood", body[:4096], file=sys.stderr, flush=True)
            return self.answer(200, "not-understood")
        try:
            return self.answer(200, accept(delivery_id, body))
        except Exception as error:
            print("failed", delivery_id, error, file=sys.stderr, flush=True)
            return self.answer(500, "failed")  # tried again

    def answer(self, status, code):
        body = json.dumps({"code": code}, separators=(",", ":")).encode()
        self.close_connection = True
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "60")
        for name, value in (("Content-Type", "application/json"), ("Content-Length", str(len(body))), ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if not SECRET:
    sys.exit("OPENSENSE_SECRET is empty: anyone could sign with it.")
ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
print("listening on", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
