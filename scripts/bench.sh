#!/bin/sh
# Measures on this machine, in one run: durable accepts per second at several numbers of connections, peers that receive and
# verify the same requests without storing them, start-up, memory, and the way to the vendor.
# SECONDS_LOAD (10), CONNECTIONS ("1 16 64 256") and STORES ("sqlite postgresql") change the load; PEERS= leaves them out.
set -eu
cd "$(dirname "$0")/.."
swift build -q -c release --static-swift-stdlib --product Benchmarks
bin=$(swift build -c release --show-bin-path)
seconds=${SECONDS_LOAD:-10}
work=$(mktemp -d)
chmod 755 "$work"
server=""
postgresql=""
end() { if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; fi; server=""; }
cleanup() {
    end
    if [ -n "$postgresql" ]; then scripts/private-postgresql.sh stop "$work/pg" immediate || true; fi
    rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

export OPENSENSE_SECRET="a secret for benchmarks only"
# A port that nothing listens on: work piles up, as in an outage.
export PAGERDUTY_ROUTING_KEY=benchmark0routing0key00000000000 PAGERDUTY_BASE_URL=http://127.0.0.1:9

# requests CONNECTIONS: enough signed requests for one load, none of them sent twice.
requests() {
    count=$((seconds * ${2:-60000}))
    REQUEST_BYTES=$("$bin/Benchmarks" requests "$count" "$work/requests")
    export REQUEST_BYTES REQUEST_FILE="$work/requests"
    sync # written now, not beside the commits that are measured
}
# load PORT CONNECTIONS: one line of what wrk saw.
load() {
    wrk --threads 1 --connections "$2" --duration "${seconds}s" --timeout 6s \
        --script Tests/Benchmarks/accept.lua "http://127.0.0.1:$1/opensense" | tail -n 1
}
# await FILE PATTERN: waits until the server has written that it listens; sets port.
await() {
    while ! grep -q "$2" "$1"; do
        kill -0 "$server" || { cat "$1"; exit 1; }
        sleep 0.01
    done
    port=$(sed -n "s/.*$2.*[ =]\([0-9][0-9]*\)\( .*\)*\$/\1/p" "$1" | head -n 1)
}
memory() { awk -v name="$1:" '$1 == name { print $2 " KiB" }' "/proc/$server/status"; }

serve() { # STORE
    started=$(date +%s%N)
    "$bin/opensense-relay" serve --listen 127.0.0.1:0 --store "$1" 2>"$work/log" &
    server=$!
    while ! grep -q relay.started "$work/log"; do kill -0 "$server" || { cat "$work/log"; exit 1; }; done
    started=$((($(date +%s%N) - started) / 1000000))
    port=$(sed -n 's/.*event=relay.started.*port=\([0-9]*\).*/\1/p' "$work/log")
}

for store in ${STORES-sqlite postgresql}; do
    for connections in ${CONNECTIONS-1 16 64 256}; do
        if [ "$store" = sqlite ]; then
            rm -f "$work"/relay.db*
            url="sqlite:$work/relay.db"
        else
            if [ -z "$postgresql" ]; then
                postgresql=$(scripts/private-postgresql.sh start "$work/pg")
            fi
            psql -q "$postgresql" -c 'DROP SCHEMA public CASCADE; CREATE SCHEMA public' 2>/dev/null
            url="postgres://postgres@/postgres?host=$work/pg"
        fi
        serve "$url"
        requests "$connections"
        echo "durable accepts, $store, $connections connections: $(load "$port" "$connections")"
        echo "    start-up at most $started ms; resident $(memory VmRSS), peak $(memory VmHWM)"
        end
    done
done

for peer in ${PEERS-hummingbird go webhook}; do
    : >"$work/peer"
    case "$peer" in
    hummingbird)
        swift build -q -c release --package-path Examples/hummingbird-receiver
        PORT=0 "$(swift build -c release --package-path Examples/hummingbird-receiver --show-bin-path)/hummingbird-receiver" \
            2>"$work/peer" >/dev/null &
        server=$! ;;
    go)
        scripts/install-dependencies.sh golang-go
        (cd Tests/Benchmarks/Peers/go && GO111MODULE=off go build -o "$work/go-receiver" .)
        "$work/go-receiver" 2>"$work/peer" &
        server=$! ;;
    webhook)
        scripts/install-dependencies.sh webhook
        free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        webhook -hooks Tests/Benchmarks/Peers/hooks.json -urlprefix '' -ip 127.0.0.1 -port "$free" >/dev/null 2>&1 &
        server=$!
        echo "listening on $free" >"$work/peer"
        sleep 1 ;;
    esac
    await "$work/peer" "listening on"
    requests 64 100000
    echo "peer, nothing stored, $peer, 64 connections: $(load "$port" 64)"
    end
done
"$bin/Benchmarks" vendor-latency 200
"$bin/Benchmarks" vendor-latency 1000
"$bin/Benchmarks" vendor-latency 6000
"$bin/Benchmarks" backlog
