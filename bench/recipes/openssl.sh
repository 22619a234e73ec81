#!/bin/sh
# openssl.sh WRAPPING_KEY.pem OUT
# A 32-byte key wrapped with openssl alone: AES key wrap with padding (RFC 5649) under a fresh AES-256 key, and that
# key under RSA-OAEP with SHA-256. The key lies in a file the whole time, and nothing is signed.
set -eu
wrapping_key=$1 out=$2
mkdir "$out"
cd "$out"
openssl rand -out key 32
openssl rand -out ephemeral 32
# shellcheck disable=SC2046 # one byte a word, joined again without blanks
set -- $(od -An -v -tx1 ephemeral)
hex=$(IFS=; echo "$*")
openssl enc -id-aes256-wrap-pad -K "$hex" -iv A65959A6 -in key -out inner
openssl pkeyutl -encrypt -pubin -inkey "$wrapping_key" -in ephemeral -out outer \
    -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
cat outer inner > blob
