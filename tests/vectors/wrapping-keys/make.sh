#!/bin/sh
# Made the files of this folder, once; each run makes other keys. The private halves are thrown away.
# openbao.json is the answer of OpenBao 2.7.2 to: bao read -format=json transit/wrapping_key
set -eu
cd "$(dirname -- "$0")"
private=$(mktemp)
authority=$(mktemp -d)
trap 'rm -rf "$private" "$authority"' EXIT

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$private"
openssl pkey -in "$private" -pubout -out rsa-2048.spki.pem
openssl pkey -in "$private" -pubout -outform DER -out rsa-2048.spki.der
openssl rsa -in "$private" -RSAPublicKey_out -out rsa-2048.pkcs1.pem
openssl rsa -in "$private" -RSAPublicKey_out -outform DER -out rsa-2048.pkcs1.der
openssl req -new -x509 -key "$private" -subj '/CN=wrapping key' -days 36500 -out rsa-2048.certificate.pem
openssl x509 -in rsa-2048.certificate.pem -outform DER -out rsa-2048.certificate.der
openssl req -new -key "$private" -subj '/CN=wrapping key' -out bad-request.pem
printf '%s\n' '[ca]' 'default_ca=d' '[d]' "database=$authority/index" "serial=$authority/serial" \
    "new_certs_dir=$authority" 'default_md=sha256' 'policy=p' '[p]' 'commonName=supplied' > "$authority/ca"
: > "$authority/index"
echo 01 > "$authority/serial"
openssl ca -batch -config "$authority/ca" -selfsign -keyfile "$private" -in bad-request.pem -notext \
    -startdate 20200101000000Z -enddate 20200201000000Z -out rsa-2048.expired.pem
base64 -w0 rsa-2048.spki.der > rsa-2048.base64
{ printf 'subject=CN = wrapping key\n\n'; cat rsa-2048.spki.pem; printf 'that was all\n'; } > rsa-2048.text-around.pem
cat rsa-2048.spki.pem rsa-2048.pkcs1.pem > bad-two.pem

# The KEK of a vault as `az keyvault key show` prints it (standard base64, keyOps, times as text), the same as the API
# answers it (base64url, key_ops, seconds), and one of a Managed HSM; the shapes are those of azure-cli 2.91.0.
numbers() { # numbers BITS: sets n to the modulus in standard base64
    openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:"$1" -out "$private"
    n=$(openssl rsa -in "$private" -noout -modulus | sed 's/.*=//' | xxd -r -p | base64 -w0)
}
az() { # az KID
    jq -n --arg kid "$1" --arg n "$n" '{attributes: {created: "2026-11-20T09:12:44+00:00", enabled: true,
        expires: null, exportable: false, hsmPlatform: "2", keySize: null, notBefore: null, recoverableDays: 90,
        recoveryLevel: "Recoverable+Purgeable", updated: "2026-11-20T09:12:44+00:00"},
        key: {crv: null, d: null, dp: null, dq: null, e: "AQAB", k: null, keyOps: ["import"], kid: $kid,
        kty: "RSA-HSM", n: $n, p: null, q: null, qi: null, t: null, x: null, y: null},
        managed: null, releasePolicy: null, tags: null}'
}
version=6ad4fbd5a0c64ed98b9d1a3f0be42c71
numbers 4096
az "https://contoso-prod.vault.azure.net/keys/byok-kek/$version" > azure-key-vault.json
jq -c '{key: {kid: .key.kid, kty: .key.kty, key_ops: .key.keyOps, n: (.key.n | gsub("\\+"; "-") | gsub("/"; "_") |
    gsub("="; "")), e: .key.e}, attributes: {enabled: true, created: 1795165964, updated: 1795165964,
    recoveryLevel: "Recoverable+Purgeable", recoverableDays: 90, exportable: false, hsmPlatform: "2"}}' \
    azure-key-vault.json > azure-key-vault.rest.json
openssl pkey -in "$private" -pubout -out azure-key-vault.pem
numbers 3072
az "https://contoso-hsm.managedhsm.azure.net/keys/byok-kek/$version" > azure-managed-hsm.json

openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out "$private"
openssl pkey -in "$private" -pubout -out bad-rsa-1024.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:3 -out "$private"
openssl pkey -in "$private" -pubout -out bad-exponent-3.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_pubexp:17 -out "$private"
openssl pkey -in "$private" -pubout -out bad-exponent-17.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out "$private"
openssl pkey -in "$private" -pubout -out bad-rsa-pss.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$private"
openssl pkey -in "$private" -pubout -out bad-ec-p256.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-521 -out "$private"
openssl pkey -in "$private" -pubout -out bad-ec-p521.pem
openssl genpkey -algorithm ED25519 -out "$private"
openssl pkey -in "$private" -pubout -out bad-ed25519.pem
