#!/bin/sh
# Prints what `gcloud kms import-jobs describe --format json` answers for a job with RSA-4096, good until END.
# END [3 days], NAME, METHOD, STATE and KEY (the value of publicKey) may be set.
set -eu
pem=$(sed -n 's/.*"public_key": *"\([^"]*\)".*/\1/p' "$KEYS/openbao.json")
cat <<JSON
{
  "createTime": "$(date -u +%FT%T.123456789Z)",
  "expireTime": "$(date -u -d "${END:-3 days}" +%FT%T.123456789Z)",
  "importMethod": "${METHOD:-RSA_OAEP_4096_SHA1_AES_256}",
  "name": "${NAME:-projects/my-project/locations/europe-west3/keyRings/ring/importJobs/job-1}",
  "protectionLevel": "SOFTWARE",
  "publicKey": ${KEY:-{ \"pem\": \"$pem\" \}},
  "state": "${STATE:-ACTIVE}"
}
JSON
