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
