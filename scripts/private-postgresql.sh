#!/bin/sh
# A PostgreSQL server of its own for tests and benchmarks: on a socket in a folder, with no port, and gone afterwards.
#   private-postgresql.sh start FOLDER [SETTING=VALUE …]   makes FOLDER/data when it is missing; prints how to connect
#   private-postgresql.sh stop FOLDER [immediate]
#   private-postgresql.sh replica FOLDER PRIMARY [SETTING=VALUE …]  a streaming replica of the server in the folder PRIMARY
#   private-postgresql.sh promote FOLDER                  makes a replica take writes
#   private-postgresql.sh run COMMAND …                    with TEST_POSTGRESQL set, on a server in a temporary folder
set -eu

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb || echo /missing/initdb)")
if [ ! -x "$bin/initdb" ]; then
    echo "PostgreSQL's server is needed and not found: apt-get install postgresql" >&2
    exit 69
fi

# The server refuses to run as root.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi
}

start() {
    folder=$1
    shift
    settings=""
    for setting in "$@"; do settings="$settings -c $setting"; done
    mkdir -p "$folder"
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$folder"; fi
    if [ ! -d "$folder/data" ]; then
        as_server "$bin/initdb" -D "$folder/data" -U postgres -A trust --no-sync --encoding=UTF8 \
            --locale=C >/dev/null
    fi
    as_server "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 60 \
        -o "-c listen_addresses='' -c unix_socket_directories='$folder' -c max_connections=800 $settings" start \
        >/dev/null || { cat "$folder/log" >&2; exit 1; }
    echo "host=$folder user=postgres dbname=postgres"
}

replica() {
    mkdir -p "$1"
    if [ "$(id -u)" -eq 0 ]; then chown postgres "$1"; fi
    as_server "$bin/pg_basebackup" -h "$2" -U postgres -D "$1/data" -R --checkpoint=fast --no-sync
    replica_folder=$1
    shift 2
    start "$replica_folder" "$@"
}

promote() {
    as_server "$bin/pg_ctl" -D "$1/data" -w promote >/dev/null
}

stop() {
    as_server "$bin/pg_ctl" -D "$1/data" -m "${2:-fast}" -w stop >/dev/null
}

action=$1
shift
case "$action" in
start) start "$@" ;;
replica) replica "$@" ;;
promote) promote "$@" ;;
stop) stop "$@" ;;
run)
    folder=$(mktemp -d)
    chmod 755 "$folder"
    trap 'stop "$folder" immediate || true; rm -rf "$folder"' EXIT
    trap 'exit 130' INT TERM
    # Nothing outlives the tests, so nothing is synced.
    TEST_POSTGRESQL=$(start "$folder" fsync=off)
    export TEST_POSTGRESQL
    "$@"
    ;;
esac
