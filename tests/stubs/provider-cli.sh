#!/bin/sh
# Stands in for aws, bao, gcloud, sleep or vault: records its name and arguments, each with a NUL behind it, one call a
# line. As bao or vault it has a key only if STUB_HAS_KEY, its latest version, is set, and each of its fields has that value
# unless STUB_<field> has another; as aws the key has STUB_STATE and
# lists STUB_MATERIAL. With STUB_FAILS a call with that word in it ends with 2.
# As gcloud it makes version STUB_VERSION or 7 of a key, whose
# state is PENDING_IMPORT for the first STUB_PENDING questions and then STUB_STATE. During a call with the word STUB_DURING
# it runs the script STUB_SCRIPT, and writes its exit code beside the record.
name=${0##*/}
printf '%s\0' "$name" "$@" >>"$STUB_RECORD"
printf '\n' >>"$STUB_RECORD"

case "$name $*" in
*"${STUB_DURING:-no such word}"*)
    code=0
    STUB_DURING='' /bin/sh "$STUB_SCRIPT" 2>"$STUB_RECORD.said" || code=$?
    echo "$code" >"$STUB_RECORD.code"
    ;;
esac
set -e
case "$name $*" in *"${STUB_FAILS:-no such word}"*) exit 2 ;; esac
asked=0
case "$name $*" in
"gcloud kms keys versions import "*) echo "${STUB_VERSION:-7}" ;;
"gcloud kms keys versions describe "*)
    while read -r call; do
        case "$call" in *describe*) asked=$((asked + 1)) ;; esac
    done <"$STUB_RECORD"
    if [ "$asked" -le "${STUB_PENDING:-0}" ]; then echo PENDING_IMPORT; else echo "${STUB_STATE:-ENABLED}"; fi
    ;;
"bao write "*ciphertext=@* | "vault write "*ciphertext=@*) [ -r ciphertext.b64 ] || exit 9 ;;
"bao read "* | "vault read "*)
    if [ -z "${STUB_HAS_KEY:-}" ]; then
        echo "No value found at $3" >&2
        exit 2
    fi
    field=${2#-field=}
    eval "printf '%s' \"\${STUB_$field-\$STUB_HAS_KEY}\""
    ;;
"aws kms list-key-rotations "*) echo "${STUB_MATERIAL:-}" ;;
"aws kms describe-key "*) echo "${STUB_STATE:-Enabled}" ;;
esac
