#!/bin/sh
# Last step, beside the token again: what the providers answered is compared with what was wrapped and recorded, which
# brings the new versions into use.
#
# Wanted: answers/NAME@N/TARGET as import.sh left them, the PIN where byok.yaml says. The bundle of what is confirmed is
# moved to DONE, so that the next import does not see it. Where the bundles that were imported are a copy, MARKS is that copy:
# its marks come back to OUT, or the next import would know nothing of this one. Typed again, it records nothing new.
# Exit code: 0, or that of the first answer that was refused; the others are recorded.
set -eu
: "${OUT:=bundles}" "${ANSWERS:=answers}" "${DONE:=done}" "${MARKS:=$OUT}"

if [ -d "$MARKS" ] && [ "$MARKS" != "$OUT" ]; then
    (cd "$MARKS" && find . -name '*.imported' -o -name '*.importing') >marks.list
    while IFS= read -r mark; do
        [ ! -d "$OUT/${mark%.import*}" ] || cp "$MARKS/$mark" "$OUT/$mark"
    done <marks.list
fi

confirm() {
    id=$1 answer=$2
    provider=$(cat "$answer/provider")
    set --
    for file in "$answer"/*.json; do
        set -- "$@" --evidence "$file"
    done
    # Two servers can have a key of one name, and no answer of theirs says which of them it is from.
    if [ -f "$answer/target-id" ]; then
        set -- "$@" --target-id "$(cat "$answer/target-id")"
    fi
    byok confirm-import "$id" --provider "$provider" "$@" </dev/null
}

[ -d "$ANSWERS" ] || { echo "there is no folder $ANSWERS: nothing to confirm" >&2; exit 0; }
find "$ANSWERS" -name provider | sort -V >confirm.list
worst=0
while IFS= read -r provider; do
    answer=$(dirname -- "$provider")
    place=${answer#"$ANSWERS"/}
    code=0
    confirm "$(dirname -- "$place")" "$answer" || code=$?
    if [ "$code" -ne 0 ]; then
        echo "$place: not confirmed, exit code $code" >&2
        [ "$worst" -ne 0 ] || worst=$code
        continue
    fi
    mkdir -p "$DONE/$place"
    for kind in "$OUT" "$ANSWERS"; do
        [ ! -d "$kind/$place" ] || mv "$kind/$place" "$DONE/$place/$(basename -- "$kind").$(date -u +%Y%m%dT%H%M%SZ).$$"
    done
    # The mark goes with its bundle.
    rm -f "$OUT/$place.imported" "$OUT/$place.importing"
done <confirm.list
# What is left to do, and what to type: old versions to deactivate, data to encrypt anew.
byok status >&2
exit "$worst"
