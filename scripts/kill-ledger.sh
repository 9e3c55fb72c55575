#!/bin/sh
# Runs kill-ledger.py over both ledgers that several processes can share.
set -eu
cd "$(dirname "$0")/.."
receiver=$(swift build --show-bin-path)/LedgerReceiver
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT TERM
echo "SQLite"
scripts/kill-ledger.py "$receiver" "$folder/ledger.db"
echo "PostgreSQL"
scripts/private-postgresql.sh run sh -c 'exec scripts/kill-ledger.py "$0" "$TEST_POSTGRESQL"' "$receiver"
