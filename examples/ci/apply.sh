#!/bin/sh
# Second step, beside the token: does what the approved plan says, and leaves the bundles for the job that may import.
#
# Wanted: plan.json in the folder in which plan.sh made it, approvals/PERSON.sshsig from each who approved
# (ssh-keygen -Y sign -n byok-approval-v1 -f KEY plan.json), the PIN where byok.yaml says.
# Exit code: 0, also when the plan was applied before; 3 while approvals are missing; else that of byok, when some keys
# failed too: the bundles of the others are there and go on.
set -eu
: "${PLAN:=plan.json}" "${APPROVALS:=approvals}"

state=$(byok plan show "$PLAN" --json | sed -n 's/^ *"state": "\([a-z-]*\)",*$/\1/p' | tail -n 1)
if [ "$state" = applied ]; then
    echo "$PLAN was applied already" >&2
    exit 0
fi

set --
for approval in "$APPROVALS"/*.sshsig; do
    [ ! -e "$approval" ] || set -- "$@" --approval "$approval"
done
# One JSON line for each key; the last one is the summary. A run that was cut short goes on when this is typed again.
code=0
byok apply "$PLAN" "$@" --json >>rotate.jsonl || code=$?
tail -n 1 rotate.jsonl
exit "$code"
