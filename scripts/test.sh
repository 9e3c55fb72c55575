#!/bin/sh
# Builds once, with the tests, and runs all of them beside a PostgreSQL server of their own.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests
# The tests that start programs wait for them on the threads that all tests share; the others run without them. The
# receivers of the documentation answer within their 4 s by the real clock, so they run when nothing else does.
# The simulated worlds keep every such thread busy for minutes, so they run alone, too.
scripts/private-postgresql.sh run swift test --skip-build --parallel \
    --skip CommandTests --skip DocumentationTests --skip SimulationTests
swift test --skip-build --parallel --filter SimulationTests
scripts/private-postgresql.sh run swift test --skip-build --parallel --filter DocumentationTests
exec scripts/private-postgresql.sh run swift test --skip-build --parallel --filter CommandTests
