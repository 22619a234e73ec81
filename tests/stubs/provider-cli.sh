#!/bin/sh
# Stands in for bao or vault: records its name and arguments, each with a NUL behind it, one call a line.
printf '%s\0' "${0##*/}" "$@" >>"$STUB_RECORD"
printf '\n' >>"$STUB_RECORD"
[ "$1" != write ] || [ -r ciphertext.b64 ] || exit 9
[ "$1" != read ] || [ -n "${STUB_HAS_KEY:-}" ]
