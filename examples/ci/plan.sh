#!/bin/sh
# First of four steps, beside the registry: writes down which rotations are due, for people to approve. No PIN, no token.
#
# Wanted: byok.yaml, wrapping-keys/<target>.json from the providers, AUTHOR: the person of the policy in whose name it is planned,
# whose own approval does not count unless the policy says so. WRAPPING_KEY_SHA256: the fingerprints that wrapping keys may
# have, with spaces between; without them a plan that needs no approval cannot be applied by a job, unless the policy lists
# the wrapping keys or has wrap-for-import under `unattended`. Makes plan.json where there is something to approve.
# Typed again, it leaves a plan alone that is not applied yet. Paths in the plan are looked for from the folder in which
# this ran: apply.sh runs in the same one.
# Exit code: 0, also when nothing is due; else that of byok.
set -eu
: "${OUT:=bundles}" "${WRAPPING_KEYS:=wrapping-keys}" "${PLAN:=plan.json}"

# The last "state" of `plan show --json` is that of the plan.
state() {
    byok plan show "$PLAN" --json | sed -n 's/^ *"state": "\([a-z-]*\)",*$/\1/p' | tail -n 1
}

if [ -e "$PLAN" ]; then
    case "$(state)" in
    unapproved | ready | begun)
        echo "$PLAN waits already: $(state)" >&2
        exit 0
        ;;
    esac
    # Applied, expired, or overtaken by what happened since.
    mv "$PLAN" "$PLAN.$(date -u +%Y%m%dT%H%M%SZ)"
fi

code=0
set -- --due --wrapping-keys "$WRAPPING_KEYS" --out "$OUT" ${AUTHOR:+--author "$AUTHOR"}
for pin in ${WRAPPING_KEY_SHA256-}; do
    set -- "$@" --wrapping-key-sha256 "$pin"
done
byok plan rotate "$@" --out "$PLAN" 2>plan.log || code=$?
cat plan.log >&2
if [ "$code" -eq 2 ] && grep -q 'there is nothing to plan' plan.log; then
    exit 0
fi
[ "$code" -ne 0 ] || byok plan show "$PLAN"
exit "$code"
