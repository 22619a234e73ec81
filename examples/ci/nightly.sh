#!/bin/sh
# A nightly job: rotates what is due, one JSON line for each key, and leaves the bundles for the job that may import.
#
# Wanted: byok.yaml, wrapping-keys/<target>.json from the providers, the PIN where byok.yaml says. Exit code: that of
# byok; 0 also when a target still waits for its wrapping key or for its confirmation.
set -eu
: "${OUT:=bundles}"

# 10 says that something is due, and anything else is an error of its own.
code=0
byok status --due --json >status.json || code=$?
case "$code" in
0)
    echo 'nothing is due' >&2
    exit 0
    ;;
10) ;;
*) exit "$code" ;;
esac

# What it printed is kept as evidence of the run, beside the signed log; a later step reads the last line.
code=0
byok rotate --due --json --wrapping-keys wrapping-keys --out "$OUT" >rotate.jsonl || code=$?
tail -n 1 rotate.jsonl
exit "$code"
