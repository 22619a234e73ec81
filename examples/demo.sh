#!/bin/sh
# The main job on real parts: a key born in a SoftHSM token, wrapped by byok, imported into a real OpenBao server on
# loopback, proved to be the same key, and its evidence checked twice. Then the bundles for three clouds, which are not
# asked: their answers are made up here, so that the bundles can be opened and looked into. `make demo` runs it.
#
# Everything happens in demo/, which is made anew on each run. Each command is printed before it runs, so that you can
# type it yourself. Nothing is left running.
#
# The tests run it elsewhere and faster: DEMO names the folder, PROFILE the build profile.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
demo=${DEMO:-$root/demo}
profile=${PROFILE:-release}
built=$root/target/$profile
if [ "$profile" = dev ]; then built=$root/target/debug; fi
server=

stop() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
        server=
    fi
}
trap stop EXIT
trap 'exit 130' HUP INT TERM

number=0
step() { # step TITLE [WHY]..
    number=$((number + 1))
    printf '\n%d. %s\n' "$number" "$1"
    shift
    for line in "$@"; do printf '   %s\n' "$line"; done
}
run() { # run COMMAND, as it would be typed
    printf '   $ %s\n' "$1"
    eval "$1"
}

same_key() { # same_key FILE MESSAGE: whoever has FILE seals the message, and the key in the token opens it
    run 'iv=$(openssl rand -hex 16)'
    run "printf '$2\\n' | openssl enc -aes-256-cbc -K \"\$(hex $1)\" -iv \"\$iv\" | use_key '$module' demo payments/kek@1 cbc \"\$iv\""
}

printf 'Setting up: packages, OpenBao, the build. The first time takes some minutes.\n'
sh tests/setup.sh demo
cargo build --quiet --locked --profile "$profile" --bin byok
cargo build --quiet --locked --manifest-path examples/use_key/Cargo.toml --target-dir examples/use_key/target

rm -rf "$demo"
mkdir -m 700 "$demo" "$demo/tokens"
cd "$demo"
for module in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so; do
    if [ -e "$module" ]; then break; fi
done
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

step 'The surroundings' "Type these first to follow in a shell of your own, in a folder of your own."
run "export PATH='$built:$root/examples/use_key/target/debug:$root/.cache/venv/bin':\"\$PATH\""
run "export SOFTHSM2_CONF='$demo/softhsm2.conf' PIN=123456"
run "export BAO_ADDR=http://127.0.0.1:$port BAO_TOKEN=root"

step 'A throw-away token' 'SoftHSM stands for your HSM.'
run "printf 'directories.tokendir = %s\nobjectstore.backend = file\n' '$demo/tokens' > softhsm2.conf"
run 'softhsm2-util --init-token --free --label demo --so-pin 12345678 --pin "$PIN"'

step 'A registry, and a signing key on the token' \
    'Whoever is to check your evidence gets signer.pem, or its fingerprint, by another channel.'
run "byok init --module '$module' --token demo --pin-source env:PIN"

step 'What can this token really do?' 'byok does not believe it: it wraps throw-away keys and opens them again.'
run 'byok hsm probe'

step 'A key, born in the token'
run 'byok generate payments/kek --type aes-256 --owner team-payments'

step 'A real OpenBao server on loopback, and its wrapping key'
start='bao server -dev -dev-no-store-token -dev-root-token-id=root -dev-listen-address="${BAO_ADDR#http://}" > server.log 2>&1 &'
run "$start"
server=$!
until grep -q '^Root Token:' server.log; do
    kill -0 "$server" 2>/dev/null || { cat server.log >&2; exit 1; }
    sleep 0.1
done
run 'bao secrets enable transit'
run 'bao read -format=json transit/wrapping_key > wrapping-key.json'

step 'The bundle for OpenBao' \
    'The pin is what makes sure that this is the server'"'"'s key. In earnest, it comes to you by another channel.'
run "pin=\$(bao read -field=public_key transit/wrapping_key | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1)"
run 'byok wrap-for-import payments/kek --provider openbao --wrapping-key wrapping-key.json --wrapping-key-sha256 "$pin" --target payments-kek --out bundle'

step 'The import, by the bundle'"'"'s own script'
run 'cat bundle/import.sh'
run 'sh bundle/import.sh'

step 'Is it the key?' 'The server encrypts; the key in the token opens it, through plain PKCS#11 and without byok.'
run "bao write -field=ciphertext transit/encrypt/payments-kek plaintext=\"\$(printf 'It is the key.\n' | base64)\" > ciphertext"
run 'cat ciphertext; echo'
run "use_key '$module' demo payments/kek@1 decrypt < ciphertext"

step 'The evidence, checked by byok' 'It needs no token, no registry and no network.'
run 'byok verify bundle --trust signer.pem'

step 'The same bundle, checked with openssl and jq alone' 'The script stands in docs/verify-by-hand.md.'
run "sed -n '/^\`\`\`sh\$/,/^\`\`\`\$/{/^\`\`\`sh\$/d;/^\`\`\`\$/q;p}' '$root/docs/verify-by-hand.md' > check.sh"
run 'sh check.sh bundle bundle signer.pem'

stop

step 'What three clouds would hand out' \
    'Made up here, in the shape of each: no cloud is asked. The private halves, which in earnest only the cloud has,' \
    'stay beside the answers. Two functions shorten what follows: pin prints the SHA-256 of a public key, and hex a key' \
    'for openssl, whose arguments everybody on a computer can see: good for keys that are thrown away.'
run "sh '$root/examples/answers.sh' clouds"
run 'jq -c "{KeyId, ParametersValidTo}" clouds/aws.json'
run 'jq -c "{name, importMethod, state, expireTime}" clouds/google.json'
run 'jq -c "{kid: .key.kid, kty: .key.kty, keyOps: .key.keyOps}" clouds/azure.json'
run 'hex() { od -An -v -tx1 "$1" | tr -d " \n"; }'
run 'pin() { openssl pkey -in "$1" -pubout -outform DER | sha256sum | cut -d" " -f1; }'

step 'AWS KMS' 'An AES key under RSA-OAEP. The answer does not name the method, so you do.'
run 'byok wrap-for-import payments/kek --provider aws-kms --wrapping-key clouds/aws.json --wrapping-key-sha256 "$(pin clouds/aws.pem)" --method RSAES_OAEP_SHA_1 --out bundle-aws'
run 'openssl pkeyutl -decrypt -inkey clouds/aws.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 -in bundle-aws/EncryptedKeyMaterial.bin -out aws.key'
same_key aws.key 'What AWS got is the key in the token.'

step 'Google Cloud KMS' 'The same key the other way: under an AES key (RFC 5649), and that under RSA-OAEP. The blob holds the latter first.'
run 'byok wrap-for-import payments/kek --provider google-cloud-kms --wrapping-key clouds/google.json --wrapping-key-sha256 "$(pin clouds/google.pem)" --target payments-kek --out bundle-google'
run 'head -c 512 bundle-google/wrapped-key.bin | openssl pkeyutl -decrypt -inkey clouds/google.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 > ephemeral.key'
run 'tail -c +513 bundle-google/wrapped-key.bin | openssl enc -d -id-aes256-wrap-pad -iv A65959A6 -K "$(hex ephemeral.key)" > google.key'
same_key google.key 'What Google got is the key in the token.'

step 'Azure Key Vault' 'It takes private keys only. SoftHSM pads those with zeros, so byok must repair the key in this host'"'"'s memory:' \
    'it does so with your consent only, and the manifest says it for ever. A token that wraps them intact needs none.'
run 'byok generate web/tls --type ec-p256'
run 'byok wrap-for-import web/tls --provider azure-key-vault --wrapping-key clouds/azure.json --wrapping-key-sha256 "$(pin clouds/azure.pem)" --target web-tls --allow-exposure plaintext --out bundle-azure'
run 'jq -r ".ciphertext | gsub(\"-\"; \"+\") | gsub(\"_\"; \"/\") | . + \"===\"[:(4 - length % 4) % 4]" bundle-azure/key.byok | base64 -d > azure.blob'
run 'head -c 512 azure.blob | openssl pkeyutl -decrypt -inkey clouds/azure.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1 > ephemeral.key'
run 'tail -c +513 azure.blob | openssl enc -d -id-aes256-wrap-pad -iv A65959A6 -K "$(hex ephemeral.key)" > azure.key'
run 'openssl pkey -inform DER -in azure.key -check -noout'
run 'openssl pkey -inform DER -in azure.key -pubout > azure.public'
run 'jq -r .payload registry/keys/web/tls@1/manifest-0001.dsse.json | base64 -d | jq -rj .predicate.public.spkiPem | cmp - azure.public'
printf '   Valid: both halves of what Azure got belong together. No difference: its public half is the one that the token\n'
printf '   showed when the key was made.\n'

step 'The evidence of all three, and the commands for each cloud'
run 'byok verify bundle-aws bundle-google bundle-azure --trust signer.pem'
run 'grep -h "^[^#]*\(aws kms\|gcloud kms\|az keyvault\) " bundle-*/import.sh'

cat <<END

Done; the server is stopped.

In $demo:
  byok.yaml    the configuration
  registry/    manifests, the audit log, checkpoints
  signer.pem   what an auditor needs, and nothing else
  bundle/      what went to OpenBao, and the signed manifest about it
  bundle-*/    what would go to AWS, Google and Azure; clouds/ has the answers that were made up for them
What exactly was signed:
  jq -r .payload '$demo/bundle/manifest.dsse.json' | base64 -d | jq .
To read next:
  README.md                the promise and its limits
  SECURITY.md              what could go wrong, the worst first
  docs/verify-by-hand.md   how step 11 works
END
