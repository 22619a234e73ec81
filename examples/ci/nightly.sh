#!/bin/sh
# Where the policy lets rotations go without approvals: one step in the place of plan.sh and apply.sh. Rotates what is due,
# one JSON line for each key, and leaves the bundles for the job that may import.
#
# Wanted: byok.yaml, wrapping-keys/<target>.json from the providers, the PIN where byok.yaml says. Typed again, it goes on with
# a run that was cut short. Exit code: 0, also while a target waits for its wrapping key or for its confirmation; else that of
# byok, when some keys failed too: the bundles of the others are there and go on.
set -eu
: "${OUT:=bundles}" "${WRAPPING_KEYS:=wrapping-keys}"

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
byok rotate --due --json --wrapping-keys "$WRAPPING_KEYS" --out "$OUT" >rotate.jsonl || code=$?
[ ! -s rotate.jsonl ] || tail -n 1 rotate.jsonl
# Not all that is due is a rotation: what is left goes to whoever reads the job's log.
byok status >&2
exit "$code"
