#!/bin/sh
# Builds once, with the tests, and runs all of them beside a PostgreSQL server of their own.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests
# The tests that start programs wait for them on the threads that all tests share; the others, some of which hold the
# library to its 4 s, run without them.
scripts/private-postgresql.sh run swift test --skip-build --parallel --skip CommandTests
exec scripts/private-postgresql.sh run swift test --skip-build --parallel --filter CommandTests
