#!/bin/sh
# The main job on real parts: a key born in a SoftHSM token, wrapped by byok, imported into a real OpenBao server on
# loopback, proved to be the same key, and its evidence checked twice. `make demo` runs it.
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

printf 'Setting up: packages, OpenBao, a release build. The first time takes some minutes.\n'
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
run "sed -n '/^\`\`\`sh\$/,/^\`\`\`\$/p' '$root/docs/verify-by-hand.md' | grep -v '^\`\`\`' > check.sh"
run 'sh check.sh bundle bundle signer.pem'

stop
cat <<END

Done; the server is stopped.

In $demo:
  byok.yaml    the configuration
  registry/    manifests, the audit log, checkpoints
  signer.pem   what an auditor needs, and nothing else
  bundle/      what went to OpenBao, and the signed manifest about it
What exactly was signed:
  jq -r .payload '$demo/bundle/manifest.dsse.json' | base64 -d | jq .
To read next:
  README.md                the promise and its limits
  SECURITY.md              what could go wrong, the worst first
  docs/verify-by-hand.md   how the last step works
END
