#!/bin/sh
# Has the server's parser and h11 (PyPI) read REQUESTS (20000) generated requests from SEED (1) on, and judges every difference.
set -eu
cd "$(dirname "$0")/.."
h11=0.16.0
python=.build/python-h11-$h11/bin/python
if ! [ -x "$python" ] || ! "$python" -c 'import h11' 2>/dev/null; then
    python3 -c 'import ensurepip' 2>/dev/null || scripts/install-dependencies.sh python3 python3-venv
    python3 -m venv "${python%/bin/python}"
    "$python" -m pip install --quiet --disable-pip-version-check "h11==$h11"
fi
swift build -q --product ReadHTTP
"$python" scripts/http-differential.py "$(swift build --show-bin-path)/ReadHTTP" "${REQUESTS:-20000}" "${SEED:-1}"
