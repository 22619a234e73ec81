#!/bin/sh
# bao-import.sh NAME OUT
# A software key, imported with OpenBao's own command, which fetches the wrapping key, wraps and imports. The key is
# exportable, so that it can be compared afterwards. Needs BAO_ADDR and BAO_TOKEN.
set -eu
name=$1 out=$2
key=$(openssl rand -base64 32)
bao transit import "transit/keys/$name" "$key" type=aes256-gcm96 exportable=true > "$out.log"
echo "$key" > "$out"
