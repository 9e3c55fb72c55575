#!/bin/sh
# Installs the system libraries that the build needs and does not find; says what to do where it cannot.
# Further packages can be named as arguments. Does nothing, and asks nobody, when all is there.
set -eu

wanted="pkg-config libssl-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev $*"

if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.3 or newer is needed and not found: https://www.swift.org/install/linux/" >&2
    exit 69
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
    missing=""
    for library in libcrypto libcurl sqlite3 libpq; do
        pkg-config --exists "$library" 2>/dev/null || missing="$missing $library"
    done
    [ -z "$missing" ] && exit 0
    echo "This is no Debian or Ubuntu. Install the development files of$missing, and pkg-config;" >&2
    echo "with Homebrew: brew install openssl@3 curl sqlite libpq pkg-config" >&2
    exit 69
fi

missing=""
for package in $wanted; do
    dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed \
        || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null 2>&1; then
        echo "As root, run: apt-get install$missing" >&2
        exit 69
    fi
    as_root=sudo
fi
echo "Installing$missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086  # the list is meant to be split
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null
