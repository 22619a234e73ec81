#!/bin/sh
# Prints what `aws kms get-parameters-for-import` answers for RSA-4096, good until END.
# END [tomorrow], KEY_ID, TOKEN (base64), PUBLIC_KEY (base64 of DER), and MORE members may be set.
set -eu
pem=$(sed -n 's/.*"public_key": *"\([^"]*\)".*/\1/p' "$KEYS/openbao.json")
key=$(printf '%b' "$pem" | openssl pkey -pubin -outform DER | base64 -w0)
cat <<JSON
{
    "KeyId": "${KEY_ID:-arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab}",
    "ImportToken": "${TOKEN:-$(printf 'an import token' | base64 -w0)}",
    "PublicKey": "${PUBLIC_KEY:-$key}",
    "ParametersValidTo": "$(date -u -d "${END:-tomorrow}" +%Y-%m-%dT%H:%M:%S.227000+00:00)"${MORE:-}
}
JSON
