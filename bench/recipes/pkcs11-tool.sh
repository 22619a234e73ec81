#!/bin/sh
# pkcs11-tool.sh MODULE TOKEN NAME ID OUT
# A key made in the token and wrapped under the public key with the id 77, by two runs of pkcs11-tool. It can wrap with
# PKCS#1 v1.5 here and not with OAEP, so no provider would take the blob. Needs PIN.
set -eu
module=$1 token=$2 name=$3 id=$4 out=$5
tool() { pkcs11-tool --module "$module" --token-label "$token" --login --pin env:PIN "$@"; }
{
    tool --keygen --key-type AES:32 --label "$name" --id "$id" --extractable --usage-decrypt
    tool --wrap --mechanism RSA-PKCS --id 77 --application-id "$id" --output-file "$out"
} > "$out.log" 2>&1
