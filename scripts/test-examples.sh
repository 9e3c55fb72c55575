#!/bin/sh
# Builds the receivers under Examples/, starts each, drives it over HTTP as OpenSense would and attacks those in Swift; builds the
# relay with an adapter more and runs its commands. Names of examples can be given; by default all are tested. The first build of Hummingbird takes
# minutes. The name webhook-libraries, which needs PyPI and is never a default, has Python's libraries for Standard Webhooks and
# CloudEvents read what the adapter `webhook` sends.
set -eu
cd "$(dirname "$0")/.."
all="webhook-receiver-ruby webhook-receiver-python plain-receiver custom-relay flyingfox-receiver nio-receiver hummingbird-receiver"
work=$(mktemp -d)
receiver=""
sender=""
stop() { if [ -n "$receiver" ]; then kill "$receiver" 2>/dev/null || true; wait "$receiver" 2>/dev/null || true; fi; receiver=""; }
stop_sender() { if [ -n "$sender" ]; then kill "$sender" 2>/dev/null || true; wait "$sender" 2>/dev/null || true; fi; sender=""; }
trap 'stop_sender; stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

export OPENSENSE_SECRET="a secret for the examples only"
swift build --product opensense-relay
relay=$(swift build --show-bin-path)/opensense-relay

# expect STATUS CODE WHAT BODYFILE [SECRET] [AT]: signs the body, posts it and compares the answer.
expect() {
    signed=$(OPENSENSE_SECRET=${5:-$OPENSENSE_SECRET} "$relay" sign "$4" --at "${6:-now}" | tr -d '\r' \
        | grep -a -i '^x-opensense-signature:')
    answer=$(curl -sS -m 10 -X POST -H "$signed" -H 'Content-Type: application/json' -H 'Expect:' \
        --data-binary "@$4" -w '\n%{http_code}' "$url")
    judge "$1" "$2" "$3" "$answer"
}

judge() {
    status=$(printf '%s' "$4" | tail -n 1)
    case "$status $4" in
    "$1 "*"\"code\":\"$2\""*) echo "  ok: $3 ($1 $2)" ;;
    *) echo "  FAILED: $3: expected $1 $2, got: $4"; failed=1 ;;
    esac
}

sent() { # says in the receiver's log that the delivery was handled exactly so often
    count=$(grep -c "^delivery alarm_opened $2\$" "$work/log" || true)
    if [ "$count" -eq "$1" ]; then echo "  ok: handled $1 time"; else echo "  FAILED: handled $count times, not $1"; failed=1; fi
}

# says WHAT PATTERN COMMAND…: the command ends well and what it prints has the pattern.
says() {
    what=$1 pattern=$2
    shift 2
    if "$@" >"$work/said" 2>&1 && grep -q "$pattern" "$work/said"; then echo "  ok: $what"; else
        echo "  FAILED: $what:"; cat "$work/said"; failed=1
    fi
}

# start COMMAND…: starts a receiver on a free port and waits until it listens.
start() {
    # Emptied before it is read: the receiver of before had another port.
    : >"$work/log"
    PORT=0 "$@" 2>"$work/log" >/dev/null &
    receiver=$!
    # The whole line: a reader may see the beginning of one.
    while ! grep -q -E '^listening on [1-9][0-9]*$' "$work/log"; do
        kill -0 "$receiver" || { cat "$work/log"; exit 1; }
        sleep 0.1
    done
    port=$(sed -n -E 's/^listening on ([1-9][0-9]*)$/\1/p' "$work/log" | head -n 1)
    url="http://127.0.0.1:$port/opensense"
}

# await FILE PATTERN WHAT: waits for about 20 s until the file has the pattern.
await() {
    for _ in $(seq 100); do
        if grep -q -E "$2" "$1"; then echo "  ok: $3"; return; fi
        sleep 0.2
    done
    echo "  FAILED: $3:"; cat "$1"; failed=1
}

# A relay sends each payload with the signature of Standard Webhooks to a receiver made of the libraries.
libraries() {
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install -q --disable-pip-version-check standardwebhooks==1.1.0 cloudevents==2.2.0
    export SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    start "$work/venv/bin/python" scripts/webhook-libraries.py
    destinations="" names=""
    for row in plain=relay event=opensense structured=cloudevents binary=cloudevents-binary; do
        path=${row%%=*}
        [ "$path" = event ] && path=plain
        export "URL_${row%%=*}=http://127.0.0.1:$port/$path"
        destinations="$destinations ${row%%=*}: { adapter: \"webhook\", url: \"env:URL_${row%%=*}\", payload: \"${row#*=}\",
            signature: \"standard-webhooks\", secret: \"env:SECRET\" },"
        names="$names \"${row%%=*}\","
    done
    cat >"$work/relay.json5" <<END
{ listen: "127.0.0.1:0", store: "memory:", sources: [{ path: "/opensense", secrets: ["env:OPENSENSE_SECRET"] }],
  destinations: { $destinations }, routes: [{ to: [$names] }] }
END
    "$relay" serve --config "$work/relay.json5" >"$work/relay.log" 2>&1 &
    sender=$!
    await "$work/relay.log" 'port"?[=:]"?[0-9]+' "a relay with four webhooks"
    to=$(sed -n -E 's/.*port"?[=:]"?([0-9]+).*/\1/p' "$work/relay.log" | head -n 1)
    "$relay" send alarm_opened --to "http://127.0.0.1:$to/opensense" >/dev/null || { echo "  FAILED: send"; failed=1; }
    await "$work/log" '^verified /structured opensense\.relay\.incident\.open opensense/alarm/' "a CloudEvent in one document"
    await "$work/log" '^verified /binary opensense\.relay\.incident\.open opensense/alarm/' "a CloudEvent in header fields"
    for _ in $(seq 50); do [ "$(grep -c '^verified /plain$' "$work/log")" -ge 2 ] && break; sleep 0.2; done
    if [ "$(grep -c '^verified /plain$' "$work/log")" -eq 2 ] && ! grep -q '^failed' "$work/log"; then
        echo "  ok: the signature of Standard Webhooks"
    else echo "  FAILED: the signature of Standard Webhooks:"; cat "$work/log"; failed=1; fi
    stop_sender
    stop
}

# peer MODE PORT [COUNT]: what curl does not do. `raw` sends standard input and prints what comes until the receiver hangs up,
# `drip` sends a byte of it each half second and ends well when the receiver hangs up, `hold` keeps COUNT connections open.
peer() { exec timeout 60 python3 "$work/peer.py" "$@"; }
cat >"$work/peer.py" <<'END'
import socket, sys, time

mode, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1
peers = []
for _ in range(count):
    peer = socket.socket()
    peer.setblocking(mode != "hold")
    peer.connect_ex(("127.0.0.1", port))
    peers.append(peer)
    time.sleep(0.002)  # The kernel keeps a queue of a few only.
if mode == "hold":
    print("held", flush=True)
    time.sleep(60)
peer.settimeout(10 if mode == "raw" else 0.5)
text = sys.stdin.buffer.read()
if mode == "drip":  # A whole head comes at once, and its body in drips.
    head, end, text = text.rpartition(b"\r\n\r\n")
    peer.sendall(head + end)
else:
    peer.sendall(text)
while True:
    try:
        if mode == "drip" and text:
            peer.send(text[:1])
            text = text[1:]
        came = peer.recv(65536)
        if not came:
            break
        sys.stdout.buffer.write(came)
    except TimeoutError:
        if mode == "raw":
            sys.exit("neither answered nor closed")
    except OSError:
        break
END

# Requests that could be understood in two ways: refused by our own answer, the framework's 400 or, with FlyingFox, its hanging up.
# Neither they nor what follows them on the connection may be handled.
smuggle() {
    body smuggled
    signed=$("$relay" sign "$work/body-smuggled" | tr -d '\r' | grep -a -i '^x-opensense-signature:')
    length=$(wc -c <"$work/body-smuggled")
    printf 'POST /opensense HTTP/1.1\r\nHost: x\r\n%s\r\nContent-Length: %s\r\n\r\n' "$signed" "$length" >"$work/second"
    cat "$work/body-smuggled" >>"$work/second"
    refuse 'Content-Length: 5, 5' 'Content-Length: -1' 'Content-Length: 99999999999999999999' 'Transfer-Encoding: gzip' \
        'Content-Length: 5\r\nTransfer-Encoding: chunked' 'Content-Length: 0\r\n Transfer-Encoding: chunked' \
        'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity'
    twice="${signed#*: }"
    judge 401 unauthenticated "two signatures in a field" "$(curl -sS -m 10 -X POST -H "$signed, $twice" \
        --data-binary "@$work/body-smuggled" -w '\n%{http_code}' "$url")"
    # FlyingFox takes these, with the last of two fields and what follows as a request; the proxy in front of it refuses them.
    if [ "$name" != flyingfox-receiver ]; then
        refuse 'Content-Length: +5' 'Content-Length: 5\r\nContent-Length: 0' 'Transfer-Encoding : chunked' \
            'Transfer-Encoding: chunked\r\n\r\n+5\r\n\r\n\r\n\r\n0'
        judge 401 unauthenticated "two fields with a signature" "$(curl -sS -m 10 -X POST -H "$signed" -H "$signed" \
            --data-binary "@$work/body-smuggled" -w '\n%{http_code}' "$url")"
    fi
    sent 0 smuggled
}

# refuse FIELDS…: a request with such header fields is refused.
refuse() {
    for fields in "$@"; do
        { printf "POST /opensense HTTP/1.1\r\nHost: x\r\n$fields\r\n\r\n0\r\n\r\n"; cat "$work/second"; } >"$work/two"
        answer=$(peer raw "$port" <"$work/two" | tr -d '\r\0') || true
        case "$name $answer" in
        plain-receiver\ HTTP/1.1\ 400*bad-request* | nio-receiver\ HTTP/1.1\ 400* | hummingbird-receiver\ HTTP/1.1\ 400* | \
            'flyingfox-receiver ') printf '  ok: refused: %s\n' "$fields" ;;
        *) printf '  FAILED: %s: %s\n' "$fields" "$answer"; failed=1 ;;
        esac
    done
}

# What strangers and odd proxies send: each is answered, and an alarm is taken beside it.
attack() {
    body chunks
    signed=$("$relay" sign "$work/body-chunks" | tr -d '\r' | grep -a -i '^x-opensense-signature:')
    judge 200 accepted "a chunked body, with a query" "$(curl -sS -m 10 -X POST -H "$signed" -H 'Transfer-Encoding: chunked' \
        --data-binary "@$work/body-chunks" -w '\n%{http_code}' "$url?from=proxy")"
    judge 413 body-too-large "a body over 1 MiB" "$(curl -sS -m 10 -X POST -H 'Expect:' \
        --data-binary "@$work/large" -w '\n%{http_code}' "$url")"
    judge 413 body-too-large "a chunked body over 1 MiB" "$(curl -sS -m 10 -X POST -H 'Transfer-Encoding: chunked' \
        --data-binary "@$work/large" -w '\n%{http_code}' "$url")"
    for _ in $(seq 50); do [ "$(grep -c '^event body-too-large$' "$work/log")" -ge 3 ] && break; sleep 0.2; done
    if [ "$(grep -c '^event body-too-large$' "$work/log")" -eq 3 ]; then echo "  ok: an event for each"; else
        echo "  FAILED: $(grep -c '^event body-too-large$' "$work/log") events body-too-large, not 3"; failed=1
    fi
    if [ "$name" = flyingfox-receiver ]; then return; fi # It waits as long as a sender does; its proxy does not.
    peer drip "$port" </dev/null >/dev/null & silent=$!
    printf 'POST /opensense HTTP/1.1\r\nHost: a-long-name-%099d' 0 | peer drip "$port" >/dev/null & head=$!
    printf 'POST /opensense HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\n%099d' 0 >"$work/slow"
    peer drip "$port" <"$work/slow" >/dev/null & slow=$!
    crowd 400 300
    for pair in "a silent connection=$silent" "a head in drips=$head" "a body in drips=$slow"; do
        if wait "${pair#*=}"; then echo "  ok: hung up on: ${pair%=*}"; else echo "  FAILED: ${pair%=*} is kept"; failed=1; fi
    done
}

# crowd COUNT MAX: an alarm is taken beside so many silent connections, once some had their time, and the receiver has at most MAX
# descriptors meanwhile.
crowd() {
    peer hold "$port" "$1" >"$work/held" & sender=$!
    await "$work/held" '^held$' "$1 silent connections"
    body "crowd-$1-$name"
    signed=$("$relay" sign "$work/body-crowd-$1-$name" | tr -d '\r' | grep -a -i '^x-opensense-signature:')
    taken="" most=0
    for _ in $(seq 60); do
        answer=$(curl -s -m 5 -X POST -H "$signed" --data-binary "@$work/body-crowd-$1-$name" "$url" || true)
        number=$(ls "/proc/$receiver/fd" 2>/dev/null | wc -l)
        if [ "$number" -gt "$most" ]; then most=$number; fi
        case "$answer" in *'"code":"accepted"'* | *'"code":"duplicate"'*) taken=1; break ;; esac
        sleep 0.5
    done
    stop_sender
    if [ -n "$taken" ] && [ "$most" -le "$2" ]; then echo "  ok: an alarm beside them, with $most descriptors, at most $2"; else
        echo "  FAILED: an alarm beside them: ${answer:-no answer}; $most descriptors"; tail -n 5 "$work/log"; failed=1
    fi
}

# ends: at SIGTERM, with connections open, the receiver ends by itself and says that all is done.
ends() {
    peer hold "$port" 3 >"$work/held" & sender=$!
    await "$work/held" '^held$' "3 silent connections"
    kill "$receiver" 2>/dev/null || true
    for _ in $(seq 200); do
        case $(cat "/proc/$receiver/stat" 2>/dev/null) in '' | *' Z '*) break ;; esac
        sleep 0.2
    done
    status=0
    kill -9 "$receiver" 2>/dev/null || true # One that still runs after 40 s.
    wait "$receiver" || status=$?
    receiver=""
    stop_sender
    if [ "$status" -eq 0 ]; then echo "  ok: ends at SIGTERM"; else echo "  FAILED: SIGTERM: ends with $status"; failed=1; fi
}

failed=0
body() { printf '{"event":{"kind":"alarm_opened","id":"evt_1"},"delivery":{"id":"%s"}}' "$1" >"$work/body-$1"; }
body wh_1; body wh_2; body wh_3
printf 'not JSON' >"$work/odd"
head -c 1048577 /dev/zero | tr '\0' ' ' >"$work/large"

for name in ${*:-$all}; do
    echo "$name"
    export DATABASE="$work/$name.db" DELIVERIES="$work/$name.txt"
    case "$name" in
    webhook-libraries)
        libraries
        continue ;;
    webhook-receiver-ruby) interpreter=ruby binary="Examples/$name/receiver.rb" ;;
    webhook-receiver-python) interpreter=python3 binary="Examples/$name/receiver.py" ;;
    *)
        interpreter=""
        swift build -q --package-path "Examples/$name"
        binary=$(swift build --package-path "Examples/$name" --show-bin-path)/$name ;;
    esac
    if [ "$name" = custom-relay ]; then
        says "help names the adapter" "Chat room" "$binary" sandbox --help
        says "translate for the adapter" "^POST /messages " \
            "$binary" translate Examples/captures/alarm_opened.http --to chatroom --unverified
        says "translate hides the adapter's key" "Bearer ••••" \
            "$binary" translate Examples/captures/alarm_opened.http --to chatroom --unverified
        says "the standard adapters are there" "^POST /v2/enqueue " \
            "$binary" translate Examples/captures/alarm_opened.http --to pagerduty --unverified
        says "the demo with one vendor more" "chatroom CR1: resolved, paged 1" "$binary" demo
        says "its adapter keeps the contract" "passed" swift test --package-path "Examples/$name"
        continue
    fi
    start $interpreter "$binary"
    expect 200 accepted "an alarm" "$work/body-wh_1"
    expect 200 duplicate "its retry" "$work/body-wh_1"
    sent 1 wh_1
    expect 401 unauthenticated "another secret" "$work/body-wh_2" "not the receiver's secret"
    expect 429 timestamp-outside-tolerance "an old one" "$work/body-wh_3" "$OPENSENSE_SECRET" 2026-01-01T00:00:00Z
    sent 0 wh_2
    sent 0 wh_3
    expect 200 not-understood "no event" "$work/odd"
    judge 401 unauthenticated "no signature" \
        "$(curl -sS -m 10 -X POST -w '\n%{http_code}' --data-binary 'x' "$url")"
    large=$(curl -sS -m 10 -X POST -H 'Expect:' -o /dev/null -w '%{http_code}' --data-binary "@$work/large" "$url" || true)
    if [ "$large" = 413 ]; then echo "  ok: a body over 1 MiB (413)"; else echo "  FAILED: a body over 1 MiB: $large"; failed=1; fi
    # With frameworks' own header names, and 32 at once with one id: one is handled, the others put off or acknowledged.
    "$relay" send alarm_cleared --to "$url" --count 3 >/dev/null || { echo "  FAILED: send"; failed=1; }
    body "race-$name"
    signed=$("$relay" sign "$work/body-race-$name" | tr -d '\r' | grep -a -i '^x-opensense-signature:')
    for number in $(seq 32); do
        curl -sS -m 10 -o /dev/null -w '%{http_code}\n' -X POST -H "$signed" --data-binary "@$work/body-race-$name" \
            "$url" >>"$work/race-$name" &
        racers="${racers:-} $!"
    done
    wait $racers
    racers=""
    if [ "$(grep -c -E '^(200|429)$' "$work/race-$name")" -eq 32 ]; then echo "  ok: 32 at once"; else echo "  FAILED: 32 at once"; failed=1; fi
    sent 1 "race-$name"
    if [ -z "$interpreter" ]; then
        smuggle
        attack
        ends
        start sh -c 'ulimit -n 30 && exec "$1"' sh "$binary"
        crowd 100 40
        ends
        continue
    fi
    stop
    start "$interpreter" "$binary"
    expect 200 duplicate "a delivery of before the restart" "$work/body-wh_1"
    sent 0 wh_1
    expect 200 accepted "one that was refused before" "$work/body-wh_2"
    stop
done
exit "$failed"
