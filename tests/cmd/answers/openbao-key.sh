#!/bin/sh
# Prints what `bao read -format=json transit/keys/NAME` answers of an imported key that is at version $1 since now.
# NAME [kek] and SINCE [now] may be set.
set -eu
cat <<JSON
{"data":{"name":"${NAME:-kek}","type":"aes256-gcm96","imported_key":true,"latest_version":$1,"keys":{"$1":$(date -d "${SINCE:-now}" +%s)}}}
JSON
