#!/bin/sh
# Runs the simulation: simulate.sh FIRST COUNT [--verbose] [--mutation=NAME], shared out among the processors.
set -eu
cd "$(dirname "$0")/.."
first=$1 count=$2
shift 2
simulate=$(swift build -c release --show-bin-path)/Simulate
processes=$(getconf _NPROCESSORS_ONLN)
if [ "$count" -lt "$processes" ]; then processes=1; fi
share=$(((count + processes - 1) / processes))
end=$((first + count))
waiting=
while [ "$first" -lt "$end" ]; do
    if [ $((first + share)) -gt "$end" ]; then share=$((end - first)); fi
    "$simulate" "$first" "$share" "$@" &
    waiting="$waiting $!"
    first=$((first + share))
done
failed=0
for process in $waiting; do wait "$process" || failed=1; done
exit "$failed"
