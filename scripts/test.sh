#!/bin/sh
# Builds once, with the tests, and runs all of them beside a PostgreSQL server of their own.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests
exec scripts/private-postgresql.sh run swift test --skip-build --parallel
