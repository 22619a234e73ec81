#!/bin/sh
# Stands in for aws, bao, gcloud, sleep or vault: records its name and arguments, each with a NUL behind it, one call a
# line. As bao or vault it has a key only if STUB_HAS_KEY, its latest version, is set; as aws the key has STUB_STATE. With
# STUB_FAILS a call with that word in it ends with 2. As gcloud it makes version 7 of a key, whose state is
# PENDING_IMPORT for the first STUB_PENDING questions and then STUB_STATE.
name=${0##*/}
printf '%s\0' "$name" "$@" >>"$STUB_RECORD"
printf '\n' >>"$STUB_RECORD"

set -e
case "$name $*" in *"${STUB_FAILS:-no such word}"*) exit 2 ;; esac
asked=0
case "$name $*" in
"gcloud kms keys versions import "*) echo 7 ;;
"gcloud kms keys versions describe "*)
    while read -r call; do
        case "$call" in *describe*) asked=$((asked + 1)) ;; esac
    done <"$STUB_RECORD"
    if [ "$asked" -le "${STUB_PENDING:-0}" ]; then echo PENDING_IMPORT; else echo "${STUB_STATE:-ENABLED}"; fi
    ;;
"bao write "*ciphertext=@* | "vault write "*ciphertext=@*) [ -r ciphertext.b64 ] || exit 9 ;;
"bao read "* | "vault read "*)
    [ -n "${STUB_HAS_KEY:-}" ]
    printf '%s' "$STUB_HAS_KEY"
    ;;
"aws kms describe-key "*) echo "${STUB_STATE:-Enabled}" ;;
esac
