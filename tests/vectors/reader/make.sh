#!/bin/sh
# Makes the files here anew, each with new keys: key files in every form, for the tests of the reader and of `inspect`
# and as seeds of the fuzz target `reader`. No key here is used anywhere.
#
#   sh tests/vectors/reader/make.sh     needs openssl 3, ssh-keygen, keytool and Python cryptography
set -eu
cd "$(dirname -- "$0")"
rm -f -- *.pem *.json *.byok *.der *.p12 *.jks *.openssh *.pub *.hex *.b64 *.bin *.txt

# Plain keys in every container.
openssl genpkey -quiet -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pkcs8.pem
openssl pkcs8 -topk8 -nocrypt -in rsa.pkcs8.pem -outform DER -out rsa.pkcs8.der
openssl rsa -in rsa.pkcs8.pem -traditional -out rsa.pkcs1.pem 2>/dev/null
openssl rsa -in rsa.pkcs8.pem -pubout -out rsa.spki.pem 2>/dev/null
openssl rsa -in rsa.pkcs8.pem -RSAPublicKey_out -out rsa.pkcs1-public.pem 2>/dev/null
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.pem 2>/dev/null
for curve in prime256v1 secp384r1 secp521r1 secp256k1; do
    openssl ecparam -name $curve -genkey -out ec-$curve.sec1.pem
    openssl pkcs8 -topk8 -nocrypt -in ec-$curve.sec1.pem -out ec-$curve.pkcs8.pem
done
openssl ec -in ec-prime256v1.pkcs8.pem -pubout -out ec.spki.pem 2>/dev/null
openssl ec -in ec-prime256v1.pkcs8.pem -pubout -conv_form compressed -out ec.compressed.pem 2>/dev/null
openssl ec -in ec-prime256v1.pkcs8.pem -param_enc explicit -out ec.explicit.pem 2>/dev/null
openssl ec -in ec-secp521r1.pkcs8.pem -param_enc explicit -pubout -out ec.explicit-public.pem 2>/dev/null
openssl ecparam -name brainpoolP256r1 -genkey -noout -out ec.brainpool.pem
openssl ecparam -name brainpoolP256r1 -param_enc explicit -genkey -noout -out ec.brainpool-explicit.pem
openssl genpkey -algorithm ED25519 -out ed25519.pem
openssl genpkey -algorithm X25519 -out x25519.pem
openssl genpkey -quiet -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -genparam -out dsa.txt
openssl genpkey -quiet -paramfile dsa.txt -out dsa.pem && rm dsa.txt

# Behind a passphrase: `test`.
openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:test -in ed25519.pem -out encrypted.pem
openssl rsa -in rsa.pkcs8.pem -traditional -aes128 -passout pass:test -out legacy.pem 2>/dev/null
openssl pkcs12 -export -passout pass:test -nocerts -inkey ed25519.pem -out key.p12

# Certificates, requests, lists.
openssl req -x509 -key ec-prime256v1.pkcs8.pem -subj '/CN=reader test/O=byok' -days 36500 -out certificate.pem
openssl req -new -key ec-prime256v1.pkcs8.pem -subj '/CN=reader test' -out request.pem
openssl crl2pkcs7 -nocrl -certfile certificate.pem -out pkcs7.pem
touch index.txt && echo 01 > number.txt
printf '[ca]\ndefault_ca=c\n[c]\ndatabase=index.txt\ncrlnumber=number.txt\ndefault_md=sha256\n' > ca.txt
openssl ca -config ca.txt -gencrl -crldays 1 -cert certificate.pem -keyfile ec-prime256v1.pkcs8.pem -out crl.pem 2>/dev/null
rm -f ca.txt index.txt* number.txt*
cat certificate.pem ec-prime256v1.pkcs8.pem request.pem > three.pem

# Text around it.
sed 's/$/\r/' ed25519.pem > crlf.pem
{ head -n 1 ed25519.pem; tail -n +2 ed25519.pem | sed 's/$/\r/'; } > mixed.pem
printf '\357\273\277' | cat - ed25519.pem > bom.pem
{ printf '\377\376'; iconv -t UTF-16LE ed25519.pem; } > utf16.pem
{ printf 'Schl\374ssel\n'; cat ed25519.pem; } > latin1.pem
openssl pkey -in ed25519.pem -outform DER -out ed25519.der
base64 -w 0 ed25519.der > ed25519.b64
base64 ed25519.pem > ed25519.pem.b64
od -An -tx1 ed25519.der > ed25519.hex
base64 ed25519.pem.b64 | od -An -tx1 > nested.hex

# Broken or not canonical.
head -c 30 ed25519.der > truncated.der
{ cat ed25519.der; echo; } > trailing.der
{ printf '\060\200'; tail -c +3 ed25519.der; printf '\000\000'; } > indefinite.der
sed 's/PRIVATE/PUBLIC/' ed25519.pem > label.pem

# Named and not read.
for type in rsa ecdsa ed25519; do
    ssh-keygen -q -t $type -N '' -C 'a comment' -f $type.openssh && rm -f $type.pub && mv $type.openssh.pub $type.pub
done
ssh-keygen -q -t ed25519 -N testing -C 'a comment' -f encrypted.openssh && rm encrypted.openssh.pub
ssh-keygen -e -f rsa.pub > ssh2.txt
keytool -genseckey -keystore store.jks -storetype JCEKS -storepass testing -keypass testing -alias a -keyalg AES -keysize 256 2>/dev/null

# Without structure.
openssl rand 32 > key.bin
od -An -tx1 -v key.bin | tr -d ' \n' > key.hex
base64 -w 0 key.bin > key.b64
openssl rand 256 > oaep.bin
openssl rand 296 > rsa-aes.bin
openssl rand 40 > aes-kw.bin

# JSON.
python3 - <<'PYTHON'
import base64, json
from cryptography.hazmat.primitives.serialization import load_pem_private_key

def url(number, length=None):
    length = length or (number.bit_length() + 7) // 8
    return base64.urlsafe_b64encode(number.to_bytes(length, "big")).rstrip(b"=").decode()

load = lambda name: load_pem_private_key(open(name, "rb").read(), None).private_numbers()
rsa, ec = load("rsa.pkcs8.pem"), load("ec-prime256v1.pkcs8.pem")
rsa_public = {"kty": "RSA", "n": url(rsa.public_numbers.n), "e": url(rsa.public_numbers.e)}
rsa_private = rsa_public | {name: url(value) for name, value in
    {"d": rsa.d, "p": rsa.p, "q": rsa.q, "dp": rsa.dmp1, "dq": rsa.dmq1, "qi": rsa.iqmp}.items()}
ec_private = {"kty": "EC", "crv": "P-256", "x": url(ec.public_numbers.x, 32), "y": url(ec.public_numbers.y, 32),
    "d": url(ec.private_value, 32)}
seed = open("ed25519.der", "rb").read()[-32:]
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
point = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
okp = {"kty": "OKP", "crv": "Ed25519", "x": url(int.from_bytes(point, "big"), 32), "d": url(int.from_bytes(seed, "big"), 32)}
key = open("key.bin", "rb").read()
octets = {"kty": "oct", "k": url(int.from_bytes(key, "big"), 32), "alg": "HS256", "kid": "an oct key"}
write = lambda name, value: open(name, "w").write(json.dumps(value, indent=1) + "\n")
write("jwk-rsa.json", rsa_private)
write("jwk-rsa-public.json", rsa_public | {"kid": "one", "use": "sig"})
write("jwk-rsa-without-factors.json", {name: rsa_private[name] for name in ["kty", "n", "e", "d"]})
write("jwk-ec.json", ec_private)
write("jwk-okp.json", okp)
write("jwk-oct.json", octets)
write("jwk-set.json", {"keys": [rsa_public, ec_private, okp, octets]})
write("key.byok", {"schema_version": "1.0.0", "header": {"kid": "https://v.vault.azure.net/keys/kek/1", "alg": "dir",
    "enc": "CKM_RSA_AES_KEY_WRAP"}, "ciphertext": base64.urlsafe_b64encode(open("rsa-aes.bin", "rb").read()).rstrip(b"=").decode(),
    "generator": "a test"})
PYTHON
chmod 644 -- *
