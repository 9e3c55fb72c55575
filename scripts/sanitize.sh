#!/bin/sh
# Runs the tests under the address sanitizer and then under the thread sanitizer, or under the one that is named.
set -eu
cd "$(dirname "$0")/.."

address() {
    work=.build-sanitize
    swift build --build-tests --sanitize address --scratch-path $work
    ASAN_OPTIONS=detect_leaks=0 swift test --skip-build --sanitize address --scratch-path $work
}

# CommandTests and DocumentationTests start programs with an environment of their own, so without the library below, and
# hold them to times that the sanitizer breaks; every other target runs.
thread() {
    work=.build-sanitize-thread
    mkdir -p $work
    # The toolchain's own clang: Swift's calling convention is unknown to others.
    clang=$(dirname "$(readlink -f "$(command -v swift)")")/clang
    mutex=$PWD/$work/mutex.so
    "$clang" -Wall -Wextra -Werror -O1 -shared -fPIC -o "$mutex" Tests/Sanitizers/MutexForThreadSanitizer.c -ldl

    swiftc -swift-version 6 -parse-as-library -sanitize=thread -o $work/check Tests/Sanitizers/ContendedMutex.swift
    if ! LD_PRELOAD=$mutex $work/check mutex; then
        echo "The thread sanitizer takes a contended Mutex for a race: see MutexForThreadSanitizer.c" >&2
        exit 1
    fi
    if LD_PRELOAD=$mutex $work/check race 2>/dev/null; then
        echo "The thread sanitizer does not see a race." >&2
        exit 1
    fi

    swift build --build-tests --sanitize thread --scratch-path $work
    # Not with `swift test`, into which the library would be loaded as well.
    bin=$(swift build --sanitize thread --scratch-path $work --show-bin-path)
    for tests in "$bin"/*PackageTests.xctest; do
        LD_PRELOAD=$mutex "$tests" --testing-library swift-testing --skip CommandTests --skip DocumentationTests
    done
}

case "${1:-all}" in
    all) address; thread ;;
    address | thread) "$1" ;;
    *) echo "usage: scripts/sanitize.sh [address|thread]" >&2; exit 64 ;;
esac
