#!/bin/sh
# Builds every fuzz target once, on the stable toolchain, and runs each for SECONDS (60), two at a time.
#
#   fuzz/run.sh [SECONDS [TARGET...]]
#
# Fails when a target crashes, hangs, eats memory or does not run at all, and when the seeded panic is not found.
# Findings lie in fuzz/target/found/TARGET/, logs in fuzz/target/logs/, the corpus that grows in fuzz/target/corpus/.
set -eu
cd "$(dirname -- "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
programs=target/$host/release

# One target: what libFuzzer says goes to its log, the end of it to the terminal when something is wrong.
if [ "${1-}" = --one ]; then
    seconds=$2 name=$3
    log=target/logs/$name.log found=target/found/$name
    mkdir -p "target/corpus/$name" target/logs
    rm -rf "$found"
    mkdir -p "$found"
    seeds=
    if [ -d "seeds/$name" ]; then seeds=seeds/$name/; fi
    length=8192
    if [ "$name" = seeded_panic ]; then
        # It ends when it has found what it must find: mostly in seconds, on a busy machine perhaps later.
        seconds=300 length=16
    fi
    status=0
    # shellcheck disable=SC2086 # no seeds is no argument
    "$programs/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=$length -print_final_stats=1 \
        -verbosity=1 -artifact_prefix="$found/" "target/corpus/$name" $seeds >"$log" 2>&1 || status=$?
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    if [ "$name" = seeded_panic ]; then
        if [ "$status" -ne 0 ] && grep -q 'the seeded panic was found' "$log"; then
            echo "fuzz: $name: found, as it must be"
            exit 0
        fi
        echo "fuzz: $name: NOT found in $seconds s: this harness would find nothing" >&2
        exit 1
    fi
    if [ "$status" -ne 0 ] || [ "${runs:-0}" -lt 1000 ]; then
        echo "fuzz: $name: FAILED (status $status, ${runs:-0} runs); the end of fuzz/$log:" >&2
        tail -n 40 "$log" >&2
        echo "fuzz: again with: fuzz/$programs/$name fuzz/$found/*" >&2
        exit 1
    fi
    echo "fuzz: $name: $runs runs, nothing found"
    exit 0
fi

seconds=${1:-60}
if [ "$#" -gt 0 ]; then shift; fi
if [ "$#" -eq 0 ]; then
    for file in fuzz_targets/*.rs; do
        name=${file##*/}
        set -- "$@" "${name%.rs}"
    done
fi

# The coverage that libFuzzer follows is a pass of LLVM itself; only `-Z sanitizer` and cargo-fuzz need a nightly
# toolchain. With --target, build scripts and macros stay without it.
coverage='-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
-Cllvm-args=-sanitizer-coverage-trace-compares'
echo "fuzz: building $# targets" >&2
RUSTFLAGS=$(echo $coverage) CARGO_TARGET_DIR=target cargo build --quiet --locked --release --target "$host" --bins

# The panic must be found afresh every time.
rm -rf target/corpus/seeded_panic
status=0
printf '%s\n' "$@" | xargs -P 2 -I NAME sh ./run.sh --one "$seconds" NAME || status=1
exit "$status"
