#!/bin/sh
# Measures what one verification costs, next to raw libcrypto, swift-crypto and two verifiers from PyPI.
# ROUNDS changes how often every process is started anew; the default is 7. What is built and installed stays
# in the example's .build, or in BUILD_DIR. Exits with 1 when a target is missed.
set -eu
cd "$(dirname "$0")/../Examples/verify-benchmark"
rounds=${ROUNDS:-7}
build=${BUILD_DIR:-.build}
standardwebhooks=1.1.0
stripe=16.1.0

swift build -c release --scratch-path "$build" --product verify-benchmark
benchmark=$(swift build -c release --scratch-path "$build" --show-bin-path)/verify-benchmark

python=$build/python-$standardwebhooks-$stripe/bin/python
if ! [ -x "$python" ] || ! "$python" -c 'import standardwebhooks, stripe' 2>/dev/null; then
    python3 -c 'import ensurepip' 2>/dev/null || ../../scripts/install-dependencies.sh python3 python3-venv
    python3 -m venv "$build/python-$standardwebhooks-$stripe"
    "$python" -m pip install --quiet --disable-pip-version-check \
        "standardwebhooks==$standardwebhooks" "stripe==$stripe"
fi

samples=$(mktemp)
trap 'rm -f "$samples"' EXIT
round=1
while [ "$round" -le "$rounds" ]; do
    echo "round $round of $rounds" >&2
    "$benchmark" sample "$round" >>"$samples"
    "$python" peers.py "$round" >>"$samples"
    round=$((round + 1))
done
"$python" --version
failed=0
"$benchmark" table <"$samples" || failed=1
"$benchmark" ledger || failed=1
exit "$failed"
