#!/bin/sh
# Makes what three clouds hand out before an import, each in its own shape, around RSA keys made on the spot: no cloud is
# asked. `sh examples/answers.sh FOLDER` writes NAME.json, the answer, and NAME.pem, the private half, which in earnest
# never leaves the cloud, for the names aws, google and azure.
set -eu
umask 077
folder=$1
tomorrow=$(date -u -d tomorrow +%Y-%m-%dT%H:%M:%S) # GNU date

mkdir -p "$folder"
cd "$folder"
for name in aws google azure; do
    openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out "$name.pem"
done

# aws kms get-parameters-for-import: the token is opaque to everybody but AWS.
jq -n --arg until "$tomorrow+00:00" --arg token "$(openssl rand 1024 | base64 -w0)" \
    --arg key "$(openssl pkey -in aws.pem -pubout -outform DER | base64 -w0)" '{
    KeyId: "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ImportToken: $token,
    PublicKey: $key,
    ParametersValidTo: $until
}' > aws.json

# gcloud kms import-jobs describe --format json
jq -n --arg until "${tomorrow}Z" --arg key "$(openssl pkey -in google.pem -pubout)" '{
    name: "projects/byok-demo/locations/europe-west3/keyRings/payments/importJobs/monday",
    importMethod: "RSA_OAEP_4096_SHA1_AES_256",
    protectionLevel: "HSM",
    state: "ACTIVE",
    publicKey: {pem: ($key + "\n")},
    expireTime: $until
}' > google.json

# az keyvault key show: a JWK. The DER of a public key ends with its modulus, here 512 bytes, and 5 bytes of exponent.
jq -n --arg until "$tomorrow+00:00" \
    --arg n "$(openssl pkey -in azure.pem -pubout -outform DER | tail -c 517 | head -c 512 | base64 -w0)" '{
    attributes: {enabled: true, expires: $until, notBefore: null},
    key: {
        kid: "https://byok-demo.vault.azure.net/keys/byok-kek/0123456789abcdef0123456789abcdef",
        kty: "RSA-HSM", keyOps: ["import"], n: $n, e: "AQAB"
    }
}' > azure.json
