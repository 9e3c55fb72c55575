"""Has the server's parser and h11 (PyPI) read the same generated requests, and judges every difference.

Usage: http-differential.py READ_HTTP [COUNT] [SEED]. Ends with 1 when the two read different requests out of the same
bytes, or differ in a way that is not in the lists below.
"""

import random
import subprocess
import sys

import h11

# Where this server refuses and h11 does not: why that is right.
STRICTER = {
    "request-line-malformed": "h11 takes a bare LF for a line's end, and several empty lines in front",
    "header-malformed": "h11 takes a bare LF, folded lines, and white space that RFC 9112 has refused",
    "method-malformed": "h11 knows no longest method",
    "target-malformed": "h11 takes every visible character, and the forms of proxies",
    "version-unsupported": "h11 takes every HTTP/1.x",
    "version-malformed": "h11 ends the line at a bare LF",
    "version-missing": "h11 takes the words of a line as they come",
    "host-malformed": "h11 does not look at the host",
    "host-repeated": "h11 asks HTTP/1.1 alone for one host",
    "content-length-repeated": "h11 makes one of equal lengths",
    "content-length-malformed": "h11 makes one of a list of equal lengths, and knows no longest",
    "body-too-large": "h11 knows no longest body",
    "framing-ambiguous": "h11 goes by Transfer-Encoding, and reads it in HTTP/1.0",
    "transfer-encoding-unsupported": "h11 looks at the letters alone",
    "expectation-unknown": "h11 passes other expectations over",
    "chunk-malformed": "h11 takes a bare LF in a chunk's line, and white space in front of its end",
    "tls-unexpected": "it is no HTTP",
}
# Where h11 refuses and this server does not.
MORE_LENIENT = {
    "no request line received": "RFC 9112, section 2.2, has a server pass one empty line in front over",
    "illegal chunk header: bytearray(b'5 ; a=b": "RFC 9112, section 7.1.1, allows white space there",
}

METHODS = ["GET", "POST", "PUT", "HEAD", "OPTIONS", "get", "P!T", "PO ST", "", "\tGET", "M" * 40]
TARGETS = ["/", "/opensense", "/a?b=c", "/%2F", "/%zz", "*", "http://a/b", "http://a", "a", "/a b", "/\x7f", "/é", "//", "/a#b", ""]
VERSIONS = ["HTTP/1.1"] * 8 + ["HTTP/1.0"] * 3 + ["HTTP/1.2", "HTTP/2.0", "http/1.1", "HTTP/1.1 ", "HTTP/11", "", "HTTP/1.10"]
ENDS = ["\r\n"] * 400 + ["\n", "\r", "\r\r\n", " \r\n", "\r\n "]
LENGTHS = ["0", "1", "5", "05", "+5", "-1", "5, 5", "5,6", "0x5", "5 ", " 5", "5\t", "", "abc", "1e1", "99999999999999999999", "5\x0b"]
CODINGS = ["chunked"] * 6 + ["Chunked", "chunked ", "\tchunked", "gzip, chunked", "chunked, chunked", "identity", "xchunked", "chunked;q=1", "chunked\x0b", ""]
NAMES = ["X"] * 20 + ["Host", "Content-Length", "Content-length", "Transfer-Encoding", "Connection", "Expect", "X Y", "X\t", "", "Content-Length ", "\x0bX"]
VALUES = ["a"] * 20 + ["", "close", "keep-alive", "100-continue", "b, c", "a\x00b", "a\x01", "é", "x\ry", "a:80", "[::1]"]
SIZES = ["5"] * 20 + ["05", "5 ", "5;a", "5 ; a=b", "5;a\nb", "0x5", "+5", "-5", "", "5\t", "6", "4", "g", "00000000000000005"]


def chunked(draw):
    end = lambda: draw.choice(ENDS)
    body = ""
    for _ in range(draw.randrange(3)):
        body += draw.choice(SIZES) + end() + "hello" + end()
    body += "0" + end()
    if draw.random() < 0.2:
        body += draw.choice(["X: y", "X : y", "nonsense", "Content-Length: 5"]) + end()
    return body + end()


def request(draw):
    end = lambda: draw.choice(ENDS)
    pick = lambda usual, others, chance=0.05: draw.choice(others) if draw.random() < chance else usual
    line = f"{pick('POST', METHODS)}{pick(' ', ['  ', chr(9)], 0.03)}{pick('/opensense', TARGETS)} {pick('HTTP/1.1', VERSIONS)}{end()}"
    fields = []
    if draw.random() < 0.95:
        fields.append(f"{pick('Host', ['host', 'HOST', 'Host '], 0.1)}: {pick('a', VALUES, 0.1)}")
    body = ""
    kind = draw.random()
    if kind < 0.4:
        fields.append(f"Content-Length:{pick(' ', ['', '  '])}{pick('5', LENGTHS, 0.2)}")
        body = "hello"
    elif kind < 0.8:
        fields.append(f"Transfer-Encoding: {pick('chunked', CODINGS, 0.15)}")
        body = chunked(draw)
    for _ in range(draw.randrange(3)):
        fields.append(f"{draw.choice(NAMES)}{pick(':', [' :', ''], 0.1)} {draw.choice(VALUES + LENGTHS[:4] + CODINGS[:1])}")
    draw.shuffle(fields)
    text = pick("", ["\r\n", "\n", " ", "\r\n\r\n"], 0.03) + line + "".join(field + end() for field in fields) + end() + body
    return text.encode("latin-1")


def path(target):
    if target.lower().startswith(("http://", "https://")):
        rest = target.split("://", 1)[1]
        rest = rest[min((rest.find(c) for c in "/?" if c in rest), default=len(rest)):]
        return rest.split("?")[0] or "/"
    return target.split("?")[0]


def read_by_h11(data):
    """The words that the server's parser would print."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=16384)
    connection.receive_data(data)
    words, head, body = [], "", b""
    try:
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                rest, _ = connection.trailing_data
                if head or rest:
                    words.append("more")
                return words
            if event is h11.PAUSED:
                if connection.our_state is h11.SEND_RESPONSE:
                    connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                    connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    return words + ["closed"]
                connection.start_next_cycle()
            elif isinstance(event, h11.Request):
                head, body = f"{event.method.decode()} {path(event.target.decode('latin-1'))}", b""
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                words.append(head + (" " + body.decode("latin-1") if body else ""))
                head = ""
                if connection.our_state is h11.SEND_RESPONSE or connection.our_state is h11.IDLE:
                    connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                    connection.send(h11.EndOfMessage())
                if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                    return words + ["closed"]
                connection.start_next_cycle()
    except h11.RemoteProtocolError as error:
        return words + [f"refused {error}"]


def judge(ours, theirs):
    """The name of the list's row, `same`, or None."""
    whole = lambda words: [w for w in words if w != "more" and w != "closed" and not w.startswith("refused ")]
    mine, his = [w.replace(" closes", "", 1) for w in whole(ours)], whole(theirs)
    common = min(len(mine), len(his))
    if mine[:common] != his[:common]:
        return None
    refusal = next((w[8:] for w in ours if w.startswith("refused ")), None)
    if refusal is not None:
        # What was refused, h11 may have read in whatever way; behind a closed connection nothing is read.
        if any(w.startswith("refused ") for w in theirs):
            return "same"
        return f"stricter: {refusal}" if refusal in STRICTER or his[:len(mine)] == mine and "closed" in theirs else None
    refusal = next((w[8:] for w in theirs if w.startswith("refused ")), None)
    if refusal is not None:
        known = next((row for row in MORE_LENIENT if refusal.startswith(row)), None)
        return known and f"more lenient: {known}"
    if len(mine) > len(his):
        return "same" if "closed" in theirs else None
    return "same" if len(mine) == len(his) else None


def main():
    program = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    draw = random.Random(seed)
    cases = [request(draw) + (request(draw) if draw.random() < 0.3 else b"") for _ in range(count)]
    stream = b"".join(len(case).to_bytes(4, "big") + case for case in cases)
    lines = subprocess.run([program], input=stream, stdout=subprocess.PIPE, check=True).stdout.decode().split("\n")
    tally, wrong = {}, 0
    for case, line in zip(cases, lines):
        ours = [bytes.fromhex(word).decode("utf-8", "replace") for word in line.split()]
        theirs = read_by_h11(case)
        row = judge(ours, theirs)
        tally[row] = tally.get(row, 0) + 1
        if row is None:
            wrong += 1
            if wrong <= 20:
                print(f"NOT JUDGED: {case!r}\n  this server: {ours}\n  h11: {theirs}")
    taken = sum(1 for line in lines[:count] if line and not line.startswith("72656675736564"))
    print(f"{count} inputs, seed {seed}; {taken} had a request that was read")
    for row, number in sorted(tally.items(), key=lambda item: -item[1]):
        why = (STRICTER | MORE_LENIENT).get(str(row).partition(": ")[2], "")
        print(f"{number:7} {row}{': ' if why else ''}{why}")
    sys.exit(1 if wrong else 0)


main()
