#!/usr/bin/env python3
"""Reads what the adapter `webhook` sends with the libraries that receivers use: standardwebhooks and cloudevents.

Answers 200 to a request whose signature holds, and that is a CloudEvent where the path says so; 500 otherwise. Writes a line for
each to standard error. SECRET is the secret of Standard Webhooks.
"""
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cloudevents.core.bindings import http
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["SECRET"])


def verify(headers, body):
    webhook.verify(body, headers)
    for other in (dict(headers, **{"webhook-id": "other"}), dict(headers, **{"webhook-timestamp": "1"})):
        try:
            webhook.verify(body, other)
        except WebhookVerificationError:
            continue
        raise AssertionError("the signature holds for another id or time, too")


def words(path, headers, body):
    """What the request is, for the log."""
    if path == "/plain":
        return ""
    is_binary = any(name.startswith("ce-") for name in headers)
    assert is_binary == (path == "/binary"), "the attributes are in the wrong place"
    event = http.from_http(http.HTTPMessage(headers=headers, body=body), JSONFormat(), CloudEvent)
    data = event.get_data()
    assert event.get_subject() == data["incident"]["key"], "the subject is not the incident's key"
    assert event.get_id() == data["id"] == headers["webhook-id"], "the ids differ"
    assert event.get_time() is not None, "there is no time"
    return f" {event.get_type()} {event.get_subject()}"


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            verify(headers, body)
            status, text = 200, f"verified {self.path}{words(self.path, headers, body)}"
        except Exception as error:
            status, text = 500, f"failed {self.path} {error!r}"
        print(text, file=sys.stderr, flush=True)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
print("listening on", server.server_port, file=sys.stderr, flush=True)
server.serve_forever()
