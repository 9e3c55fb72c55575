#!/bin/sh
# Measures the relay on this machine: durable accepts per second, start-up, memory, and the way to the vendor.
# SECONDS_LOAD and CONNECTIONS change the load; the defaults are 10 s and 64 connections.
set -eu
cd "$(dirname "$0")/.."
swift build -c release --static-swift-stdlib --product Benchmarks >/dev/null
bin=$(swift build -c release --show-bin-path)
seconds=${SECONDS_LOAD:-10}
connections=${CONNECTIONS:-64}
work=$(mktemp -d)
relay=""
trap 'if [ -n "$relay" ]; then kill "$relay" 2>/dev/null || true; wait "$relay" 2>/dev/null || true; fi; rm -rf "$work"' EXIT

export OPENSENSE_SECRET="a secret for benchmarks only"
export PAGERDUTY_ROUTING_KEY=benchmark0routing0key00000000000 PAGERDUTY_BASE_URL=http://127.0.0.1:9
started=$(date +%s%N)
"$bin/opensense-relay" serve --listen 127.0.0.1:0 --store "sqlite:$work/relay.db" 2>"$work/log" &
relay=$!
while ! grep -q relay.started "$work/log"; do
    kill -0 "$relay" || { cat "$work/log"; exit 1; }
done
echo "start-up to listening: $((($(date +%s%N) - started) / 1000000)) ms (an upper bound: polled from the shell)"
port=$(sed -n 's/.*event=relay.started.*port=\([0-9]*\).*/\1/p' "$work/log")
sleep 1
echo "resident at idle: $(awk '/VmRSS/ { print $2 }' "/proc/$relay/status") KiB"

count=$((seconds * 60000))
REQUEST_BYTES=$("$bin/Benchmarks" requests "$count" "$work/requests")
export REQUEST_BYTES REQUEST_FILE="$work/requests"
echo "durable accepts, $connections connections, each with a fresh delivery, event and incident:"
wrk --threads 1 --connections "$connections" --duration "${seconds}s" --timeout 6s \
    --script Tests/Benchmarks/accept.lua "http://127.0.0.1:$port/opensense" | tail -n 1
echo "resident after the load: $(awk '/VmRSS/ { print $2 }' "/proc/$relay/status") KiB, peak $(awk '/VmHWM/ { print $2 }' "/proc/$relay/status") KiB"
kill "$relay"
wait "$relay" || true
relay=""
"$bin/Benchmarks" vendor-latency 200
"$bin/Benchmarks" vendor-latency 1000
