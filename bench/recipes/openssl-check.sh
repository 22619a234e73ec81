#!/bin/sh
# openssl-check.sh FOLDER
# Every key file of a folder checked with openssl, one process for each, as a shell loop does it. Prints how many are good.
set -eu
good=0
for key in "$1"/*; do
    if openssl pkey -in "$key" -check -noout >/dev/null 2>&1; then
        good=$((good + 1))
    fi
done
echo "$good"
