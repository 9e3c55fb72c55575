#!/bin/sh
# Fuzzes the parsers of what strangers and people write, each for FUZZ_SECONDS (60), FUZZ_JOBS (the processors) at once.
# Arguments choose among the targets. Fails when something does not hold for an input that was found, and when the
# fault that is planted is not found.
set -eu
cd "$(dirname "$0")/.."
work=.build-fuzz
# Swift's own backtraces would come between the fuzzer and the crash.
export OPENSENSE_FUZZING=1 SWIFT_BACKTRACE=enable=no

# --one PROGRAM TARGET: what follows below calls this script with, once for each target.
if [ "${1:-}" = --one ]; then
    program=$2 target=$3
    log=$work/$target.log findings=$work/findings/$target
    mkdir -p "$work/corpora/$target" "$findings"
    # What was found before is tried first, until it is mended.
    if FUZZ_TARGET=$target "$program" -max_total_time="${FUZZ_SECONDS:-60}" -timeout=10 -max_len=4096 \
        -dict="Tests/Fuzzing/Dictionaries/$target.dict" -artifact_prefix="$findings/" \
        "$work/corpora/$target" "Tests/Fuzzing/Corpora/$target" "$findings" >"$log" 2>&1; then
        echo "$target: nothing found; $(sed -n 's/^#\([0-9]*\).*DONE *\(cov: [0-9]*\).*\(exec.s: [0-9]*\).*/\1 inputs, \2, \3/p' "$log")"
        exit 0
    fi
    echo "$target: FOUND, see $log"
    grep -aE 'Fatal error|runtime failure|^SUMMARY' "$log" | sed 's/^ *#[0-9]* */    /' || true
    input=$(sed -n 's/.*Test unit written to //p' "$log")
    echo "    replay: FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no $program ${input:-$findings/*}"
    exit 1
fi

# --sanitize tells SwiftPM that libFuzzer brings the main function. Given twice, the two would come in any order and the
# compiler would take the last one alone; so what counts is the flag, which always comes after it.
build="-c release --product Fuzzing --scratch-path $work --sanitize fuzzer -Xswiftc -sanitize=fuzzer,address"
# shellcheck disable=SC2086  # the options are meant to be split
swift build $build
# shellcheck disable=SC2086
program=$(swift build $build --show-bin-path)/Fuzzing

# Short inputs, and comparisons that count as branches: found in seconds, where it is a matter of luck without them.
mkdir -p "$work/canary"
FUZZ_TARGET=canary "$program" -max_total_time=60 -max_len=16 -len_control=0 -use_value_profile=1 \
    -artifact_prefix="$work/canary/" >"$work/canary.log" 2>&1 || true
if ! grep -aq 'the canary is found' "$work/canary.log"; then
    echo "The planted fault was not found within 60 s: the fuzzer sees nothing. See $work/canary.log" >&2
    exit 1
fi
echo "canary: found, as it must be"

# shellcheck disable=SC2086
printf '%s\n' ${*:-header envelope capture configuration message} \
    | xargs -n 1 -P "${FUZZ_JOBS:-$(getconf _NPROCESSORS_ONLN)}" "scripts/$(basename "$0")" --one "$program"
