#!/bin/sh
# Builds once, with the tests, and runs all of them.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests
exec swift test --skip-build --parallel
