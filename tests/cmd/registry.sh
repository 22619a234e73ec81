# The registry that the cases of tests/cmd/registry start with.
set -e
byok init --module "$MODULE" --token demo --pin-source file:pin --quiet
byok generate payments/kek --type aes-256 --owner 'team payments' --attribute env=prod --quiet
byok generate payments/mac --type hmac-sha256 --quiet
byok generate web/tls --type ec-p256 --quiet
cp "$KEYS/rsa-2048.spki.pem" wrapping-key.pem
cp "$KEYS/openbao.json" answer.json
