//! Exit code 5: the token and its module.

super::codes! { 5;
    MODULE_UNUSABLE = 1, "the module cannot be loaded",
        "The file does not exist, is not a shared library, is not a PKCS#11 module, or is one that gives each caller an instance of its own (p11-kit's client and proxy).",
        "Without the vendor's module no key in the token can be reached. A module is code that gets the PIN, so byok loads the named file only.",
        "Check --module or the module in byok.yaml. `pkcs11-tool --module PATH -L` loads it independently.",
        "byok init --module /nowhere/pkcs11.so --token demo --pin-source file:pin\nerror: there is no PKCS#11 module at `/nowhere/pkcs11.so` [E0501]";
    NO_SUCH_TOKEN = 2, "no such token",
        "No readable slot holds a token with this label or serial number. Slots that cannot be read are skipped.",
        "A PIN that is sent to another token counts there as a wrong one.",
        "The error lists the labels that are present. A missing token often means that the module's own configuration was not found.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token prod --pin-source file:pin\nerror: no token has the label `prod`; present: `demo` [E0502]";
    AMBIGUOUS_TOKEN = 3, "several tokens of one label",
        "More than one slot holds a token with this label.",
        "Labels are not unique. A key made in the wrong token may be out of reach, or kept less well, when it is needed.",
        "Name the serial number in byok.yaml: `token: {serial: ...}`.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source file:pin\nerror: 2 tokens have the label `demo`; their serial numbers: 1e0f9c0b5d3a7f42, 7b21c88a60d4ee15 [E0503]";
    NOT_INITIALISED = 4, "the token is not initialised",
        "The slot holds a token without content, or one whose store cannot be read, which looks the same.",
        "To initialise a token destroys all that it holds, so byok never does it unasked.",
        "Check that the module finds its store. Only then make a new token with `byok init --create-token`.",
        "error: the token is not initialised [E0504]";
    NO_SLOT = 5, "no slot for a new token",
        "It is not certain which slot is meant: there is no uninitialised one, or several, or the named one holds a token, or a token of this label is there already.",
        "A new token destroys what its slot held. byok does not choose the slot by chance.",
        "Name the slot with --slot, or another label with --token.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token newer --pin-source file:pin --create-token --slot 424242 --so-pin-source file:so-pin --yes\nerror: slot 424242 holds no token that can be read [E0505]";
    NO_PINPAD = 6, "the token has no keypad",
        "The PIN source is pinpad, and the token does not say that it has a protected authentication path.",
        "A login without a PIN, and without keys to type it at, can only fail, and may count as a wrong PIN.",
        "Name another --pin-source.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source pinpad\nerror: the token has no keypad [E0506]";
    LOST = 7, "the token or its session is gone",
        "The token was removed, or the module ended the session in the middle of the command.",
        "A key may have been made, or half of it, that nothing describes yet. The log has the intent, so that recovery finds it.",
        "Put the token back, run `byok recover`, and repeat the command.",
        "byok generate web/api --type aes-256\nerror: the token was removed (C_GenerateKey: CKR_DEVICE_REMOVED) [E0507]";
    CALL_FAILED = 8, "the token refused",
        "A PKCS#11 function answered with an error. The error names the function and its code, the cause says what the code means.",
        "The token decides what its keys do. What it refuses has no other way around it.",
        "Remove the cause. `byok hsm probe` shows what the token can do.",
        "byok generate web/api --type aes-256\nerror: C_GenerateKey: CKR_DEVICE_MEMORY [E0508]";
    BAD_ANSWER = 9, "the module's answer makes no sense",
        "A PKCS#11 function reported success with an answer that cannot be right. Nothing that rests on it was kept.",
        "A module that errs here may err where nobody can see it: in a wrapped key.",
        "Report it to the module's maker; the error names the function.",
        "error: C_Encrypt: the module answered with an impossible length [E0509]";
    BAD_REQUEST = 10, "no token can be asked for this",
        "The request cannot be put to any PKCS#11 token.",
        "Each module would answer such a request in its own way. The token was not asked.",
        "The error names what is wrong.",
        "error: a secret key is not a pair [E0510]";
    PADS_KEYS = 11, "this token pads keys",
        "The probe wrapped throw-away keys and got them back with zero bytes appended. Secret keys whose length fits come out right; private keys do not, so no bundle ever holds one as this mechanism gives it out.",
        "A provider that takes the zeros for a part of the key imports another key, or none, and its error does not say why.",
        "Use another token for private keys, or consent with --allow-exposure plaintext: this host then takes the zeros off in its own memory. `byok hsm probe` shows which types that concerns.",
        "byok hsm probe\nwarning: this token pads keys [E0511]";
    NEEDS_CONSENT = 12, "this token cannot do it without showing key material to this host",
        "No route inside the token leads to what the provider asks for. What is left needs this host's memory, and that needs consent by name, once for each operation.",
        "A key that was in a host's memory may be known to whoever controls the host. The signed manifest records the exposure for ever.",
        "Choose a method that stays inside the token (`byok hsm probe` lists them), or consent with --allow-exposure.",
        "byok wrap-for-import web/tls --provider generic --wrapping-key wrapping-key.pem --out out --method rsa-aes-sha256\nerror: this token cannot do rsa-aes-sha256 for ec-p256 without showing the key to this host [E0512]";
    NOT_A_SIGNER = 13, "the key cannot sign evidence",
        "Evidence is signed with ECDSA on P-256 or P-384, Ed25519, or RSA-PSS. The key on the token is of another type.",
        "Evidence is checked for years, by people with other tools. A rare algorithm could not be checked there.",
        "Make the signing key with `byok init --signer-type`.",
        "error: the key cannot sign evidence [E0513]";
    IMPOSSIBLE = 14, "this token cannot do it",
        "The probe found no route, with or without this host's memory, from this key type to what the provider asks for.",
        "The key cannot come from this token to this provider. It is better to know that before the key is in use.",
        "`byok hsm probe` shows for each provider and key type what is possible and what stands in the way.",
        "byok wrap-for-import web/ed --out out --provider generic --wrapping-key wrapping-key.pem --allow-exposure plaintext\nerror: this token cannot do rsa-oaep-sha512 for ed25519 in any way [E0514]";
    UNSAFE = 15, "this token lets out keys that must not leave it",
        "In the probe a key that was made non-extractable could be wrapped, so byok wraps no key of this token.",
        "Whoever can log in can copy every key of the token. No claim about how they are kept holds.",
        "Report it to the vendor and use another token.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem\nerror: this token wraps keys that must not leave it [E0515]";
    PROBE_NEEDED = 16, "the token would have to be probed",
        "There is no signed profile that holds for this module, token and firmware, and --no-probe forbids to make one.",
        "What a token does is known only from what it did: many accept a request and do something else.",
        "Run `byok hsm probe`, or leave --no-probe out.",
        "byok generate web/four --type aes-256 --no-probe\nerror: the token would have to be probed: no profile is cached [E0516]";
    NOT_SIGNED = 17, "the evidence is not signed",
        "The token refused to sign, or its signature does not verify under the signing key's public half.",
        "Evidence without a valid signature shows nothing, and nothing is released without evidence.",
        "The cause names the call. Remove it, run `byok recover`, and repeat the command.",
        "byok generate web/api --type aes-256\nerror: the signing key did not sign [E0517]";
    OTHER_SIGNER = 18, "the token's signing key is not this registry's",
        "The registry trusts the key in its trust folder. The token has no such key, or another one in its place.",
        "Evidence that another key signed would verify for nobody who was given the signer's public key.",
        "Check --token and the registry: they do not belong together, or the signing key was exchanged.",
        "byok generate web/api --type aes-256 --token other\nerror: the evidence signer was not found [E0518]";
    READ_BACK = 19, "the token made another key than the one asked for",
        "byok reads back what the token says about every new key. An attribute is not what was asked for, so the key was destroyed again.",
        "A key that can leave the token, or do more than it should, is not the key that the evidence would describe.",
        "Report it to the vendor; the error names the attribute.",
        "byok generate web/api --type aes-256\nerror: the token says CKA_SENSITIVE is false for a key that was made with CKA_SENSITIVE true [E0519]";
    WRONG_LENGTH = 20, "the token's answer has the wrong length",
        "The length of a wrapped key follows from its type and the method. The token's blob has another one, and was not released.",
        "Another length means a truncated, padded or wrongly formatted key. The provider would refuse it, or take it for another key.",
        "Run `byok hsm probe` anew; the token does not do what its profile says.",
        "byok wrap-for-import web/tls --out again --provider generic --wrapping-key wrapping-key.pem\nerror: the token answered with a blob of the wrong length [E0520]\ncause: the rsa-aes-sha512 blob has 296 bytes; 336 to 416 are expected for ec-p256";
    NOT_THE_KEY = 21, "what the token gave out is not the key",
        "With your consent the key came into this host's memory, to be wrapped there. It was not what it must be: the private half of the manifest's public key, or a secret key of the right length, check value and answers, with at most seven zero bytes after it. Nothing was released.",
        "The provider would have got another key. As what came out may hold the key all the same, a manifest of its own records the exposure.",
        "Do not use this token for keys before you know why; `byok hsm probe` shows what it does. Treat the key as seen by this host.",
        "byok wrap-for-import web/fresh --provider generic --wrapping-key wrapping-key.pem --out other --allow-exposure plaintext\nerror: what the token gave out is not the key that the manifest describes [E0521]";
    SHORT_SCALAR = 22, "this token leaves out zeros of EC private keys",
        "The private scalar of an EC key is as long as its curve's field (RFC 5915 section 3). The probe got P-521 keys back whose scalar lacked the zero that it begins with. That is so for one key in 2 on P-521 and for one in 256 on the other curves.",
        "It is the right key all the same; OpenBao takes it, a strict reader does not, and what AWS, Azure and Google do is not documented. From outside of the token nobody can see which keys are concerned.",
        "If the provider refuses the key, make another one: byok wraps the key as the token gives it out, whatever --allow-exposure says, because a way that shows less is always taken first.",
        "byok hsm probe\nwarning: this token leaves out zeros of EC private keys [E0522]";
    TAKES_NO_KEY = 23, "the token takes no such key",
        "The token refused every way in: unwrapping the key under a key of this session, and creating the object from its numbers.",
        "Many tokens take no private keys from outside, some not even secret keys, and each certified mode has rules of its own.",
        "The causes say what was tried and what the token answered. Allow imports in the token's own configuration, or make a new key with `byok generate`.",
        "byok import web/old tls-key.pem\nerror: the token takes no such key [E0523]\ncause: create-object of the public half: C_CreateObject: CKR_ACTION_PROHIBITED";
    NOT_RECOGNISED = 24, "the token holds another key than the one that was put in",
        "After the key was put in, the token was asked something that only this key answers rightly: a signature, a decryption, a known answer. The answer was wrong, so the key was destroyed again.",
        "A token that reports success and keeps something else loses keys: what is encrypted under such a key can be read nowhere else, and what it signs verifies under no certificate.",
        "Report it to the token's maker. Keep the key file: the token does not hold its key.",
        "byok import payments/old secret.bin --type aes-256\nerror: the token holds another key than the one that was put in: its known-answer differs [E0524]";
    NOT_COMPARED = 25, "the token answers nothing by which the key could be recognised",
        "The token refused every question that would show whether it holds the key that was put in, so the key was destroyed again.",
        "Tokens report success and keep something else. A manifest must not say of a key what nobody has checked.",
        "Import it for another --purpose that the token supports; `byok hsm probe` shows what that is.",
        "byok import web/old tls-key.pem\nerror: the token answers nothing by which the key could be recognised [E0525]";
    NO_PUBLIC_HALF = 26, "the token does not show the public half",
        "A private key came wrapped, and the token that unwrapped it keeps the public half to itself. Nothing was kept.",
        "A manifest names a pair by its public half. Without it nobody could say which key the token holds, and byok could not find out whether it is the one that was sent.",
        "Have the sender send the public half, too (`openssl pkey -in KEY -pubout`), and name it with --public-key. byok believes it when the private half in the token signs for it.",
        "byok import web/sent sent.bin --type ec-p256 --unwrapping-key ceremony/kek --method rsa-aes-sha1\nerror: the token does not show the public half of the pair that it unwrapped [E0526]";
    NOT_SEALED = 27, "the token did not seal the key",
        "The token answered that it had cleared CKA_EXTRACTABLE, and the attribute is as it was when byok read it back. Nothing was recorded.",
        "Whoever has the PIN can still take the key out of the token. Evidence that says otherwise would be false.",
        "Report it to the token's maker. Until then treat the key as one that can be wrapped.",
        "byok seal payments/kek --yes\nerror: the token answered that CKA_EXTRACTABLE of payments/kek@1 is cleared, and it is not [E0527]";
    NOT_DESTROYED = 28, "the token did not destroy the key",
        "The token was asked to destroy the key's objects, and at least one of them is still there.",
        "What a token answers and what it did are two things. A key that is there must not be called destroyed.",
        "Some tokens let only the security officer destroy objects, or keep them read-only. If one of the objects is gone, `byok recover` finishes it.",
        "byok revoke payments/mac --stage destroy --reason superseded\nerror: the token was asked to destroy payments/mac@1, and still has its secret key [E0528]";
    BLIND = 29, "the token does not find what must be there",
        "A search for the evidence signer, or for an object that was just made, found nothing.",
        "A token that finds nothing at all says nothing about the key that was asked for: a login may be gone, or a member of a cluster may lag behind. A key that is there must not be called destroyed.",
        "Nothing was recorded. See that the token answers (`byok hsm probe`), then repeat the command; `byok recover` finishes what was begun.",
        "byok revoke payments/mac --stage destroy --reason superseded\nerror: the token does not find the evidence signer, which must be there: what else it does not find may be there too [E0529]";
}
