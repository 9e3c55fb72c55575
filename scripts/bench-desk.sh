#!/bin/sh
# Measures `retry --all` of DEAD (5000) dead letters among DELIVERIES (1000000), in SQLite and in PostgreSQL, with every commit
# synced and no relay beside it.
set -eu
cd "$(dirname "$0")/.."
relay=$(swift build -c release --show-bin-path)/opensense-relay
rows=${DELIVERIES:-1000000}
step=$((rows / ${DEAD:-5000}))
work=$(mktemp -d)
chmod 755 "$work"
trap 'scripts/private-postgresql.sh stop "$work/pg" immediate 2>/dev/null || true; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# made STORE: has a relay make the tables.
made() {
    : >"$work/log"
    OPENSENSE_SECRET="a secret for benchmarks only" PAGERDUTY_ROUTING_KEY=benchmark0routing0key00000000000 \
        PAGERDUTY_BASE_URL=http://127.0.0.1:9 "$relay" serve --listen 127.0.0.1:0 --store "$1" 2>"$work/log" &
    server=$!
    while ! grep -q relay.started "$work/log"; do kill -0 "$server" || { cat "$work/log"; exit 1; }; sleep 0.1; done
    kill "$server"
    wait "$server"
}

# fill NUMBERS BODY: the statements that fill a store; both databases understand them.
fill() {
    cat <<END
        INSERT INTO deliveries (sequence, delivery_id, kind, received_at, verdict, incident, high, low, body)
            SELECT n, 'wh_' || n, 'alarm_opened', n, 'planned', n, n, n, $2 FROM $1;
        INSERT INTO incidents (id, key, is_open, changed_at) SELECT n, 'alarm/s/' || n, 1, n FROM $1;
        INSERT INTO jobs (id, incident, destination, action, state, finished_at, attempts, urgency)
            SELECT n * 128, n, 'd', 'open', CASE n % $step WHEN 0 THEN 'dead' ELSE 'delivered' END,
                CASE WHEN n % $step > 0 THEN n END, 3, 0 FROM $1;
END
}

# retry NAME STORE
retry() {
    begin=$(date +%s%N)
    "$relay" deliveries retry --all --store "$2" >/dev/null 2>"$work/said"
    echo "$1, $rows deliveries: $(cat "$work/said") $((($(date +%s%N) - begin) / 1000000)) ms"
}

body="printf('{\"event\":{\"kind\":\"alarm_opened\"},\"more\":\"%.300c\"}', 'x')"
numbers="(WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < $rows) SELECT n FROM numbers)"
made "sqlite:$work/relay.db"
fill "$numbers" "CAST($body AS BLOB)" |
    python3 -c 'import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript("BEGIN;" + sys.stdin.read() + "COMMIT;")' \
        "$work/relay.db"
retry SQLite "sqlite:$work/relay.db"
rm "$work"/relay.db*

address=$(scripts/private-postgresql.sh start "$work/pg")
made "postgres://postgres@/postgres?host=$work/pg"
body="convert_to('{\"event\":{\"kind\":\"alarm_opened\"},\"more\":\"' || repeat('x', 300) || '\"}', 'UTF8')"
fill "generate_series(1::bigint, $rows) AS n" "$body" | psql -q "$address"
psql -q "$address" -c ANALYZE
retry PostgreSQL "postgres://postgres@/postgres?host=$work/pg"
