#!/bin/sh
# Measures what the library weighs and allocates: the size of a program that links OpenSenseWebhooks alone, beside the same
# with all of Foundation, with Swift's libraries in the program and outside of it; and what one delivery allocates.
# What is built stays in the package's .build, or in BUILD_DIR.
set -eu
cd "$(dirname "$0")/../Tests/Benchmarks/Footprint"
build=${BUILD_DIR:-.build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for linking in static dynamic; do
    option=--static-swift-stdlib
    if [ "$linking" = dynamic ]; then option=--no-static-swift-stdlib; fi
    swift build -q -c release $option --scratch-path "$build/$linking"
    bin=$(swift build -c release $option --scratch-path "$build/$linking" --show-bin-path)
    for program in footprint-essentials footprint-foundation; do
        strip -o "$work/stripped" "$bin/$program"
        echo "$program, $linking: $(($(stat -c %s "$bin/$program") / 1024)) KiB," \
            "stripped $(($(stat -c %s "$work/stripped") / 1024)) KiB"
    done
done
cc -O2 -shared -fPIC -o "$work/allocations.so" allocations.c
LD_PRELOAD="$work/allocations.so" "$bin/footprint-essentials"
