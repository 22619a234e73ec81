#!/bin/sh
# Stands in for the programs of a script, and kills the shell that runs it before or after call number N: STUB_KILL is
# "before N" or "after N". Each call is one line in STUB_STEPS. As aws it is a key whose materials are the lines of
# STUB_AWS, each a state and a description; with STUB_FAILS a call with that word in it ends with 254. Each change is one
# line in STUB_AWS.done.
PATH=/usr/bin:/bin
name=${0##*/}
printf '%s\n' "$name $*" >>"$STUB_STEPS"
step=0
while read -r _; do step=$((step + 1)); done <"$STUB_STEPS"

die() {
    [ "${STUB_KILL:-}" != "$1 $step" ] || { kill -9 "$PPID" && exit 137; }
}

refuse() {
    echo "An error occurred ($1)" >&2
    return 255
}

became() {
    echo "$1" >>"$STUB_AWS.done"
}

aws() {
    case "$*" in *"${STUB_FAILS:-no such word}"*) return 254 ;; esac
    known=
    [ ! -e "$STUB_AWS" ] || known=$(cat "$STUB_AWS")
    described="${*##*--key-material-description }"
    case "$*" in
    "kms describe-key "*) if [ -n "$known" ]; then echo Enabled; else echo PendingImport; fi ;;
    "kms list-key-rotations "*)
        wanted=${*#*KeyMaterialDescription==?}
        grep -s " ${wanted%%\'*}$" "$STUB_AWS" | cut -d' ' -f1
        ;;
    "kms rotate-key-on-demand "*)
        case $known in *PENDING_ROTATION*) ;; *) refuse KMSInvalidStateException || return ;; esac
        printf '%s\n' "$known" | sed 's/^CURRENT/NON_CURRENT/; s/^PENDING_ROTATION/CURRENT/' >"$STUB_AWS"
        became rotated
        ;;
    *NEW_KEY_MATERIAL*)
        case $known in *" $described"*) refuse IncorrectKeyMaterialException || return ;; esac
        case $known in *PENDING_ROTATION*) refuse KMSInvalidStateException || return ;; esac
        if [ -n "$known" ]; then state=PENDING_ROTATION; else state=CURRENT; fi
        echo "$state $described" >>"$STUB_AWS"
        became imported
        ;;
    "kms import-key-material "*)
        case ${known:-CURRENT ours} in "CURRENT ours") ;; *) refuse IncorrectKeyMaterialException || return ;; esac
        [ -n "$known" ] || became imported
        echo "CURRENT ours" >"$STUB_AWS"
        ;;
    *) return 252 ;;
    esac
}

die before
code=0
if [ "$name" = aws ]; then
    aws "$@" || code=$?
else
    "/usr/bin/$name" "$@" || code=$?
fi
die after
exit "$code"
