//! Exit code 5: the token and its module.

super::codes_without_example! { 5;
    MODULE_UNUSABLE = 1, "the module cannot be loaded",
        "The file does not exist, is not a shared library, or is not a PKCS#11 module.",
        "Check --module or the module in byok.yaml. `pkcs11-tool --module PATH -L` loads it independently.";
    NO_SUCH_TOKEN = 2, "no such token",
        "No readable slot holds a token with this label or serial number. Slots that cannot be read are skipped.",
        "The error lists the labels that are present. A missing token often means that the module's own configuration was not found.";
    AMBIGUOUS_TOKEN = 3, "several tokens of one label",
        "Labels are not unique. byok works with exactly one token and does not guess.",
        "Name the serial number in byok.yaml: `token: {serial: ...}`.";
    NOT_INITIALISED = 4, "the token is not initialised",
        "The slot holds a token without content, or one whose store cannot be read, which looks the same. byok never initialises a token unasked.",
        "Check that the module finds its store. Only then make a new token with `byok init --create-token`.";
    NO_SLOT = 5, "no slot for a new token",
        "It is not certain which slot is meant: there is no uninitialised one, or several, or the named one holds a token.",
        "Name the slot with --slot.";
    NO_PINPAD = 6, "the token has no keypad",
        "The PIN source is pinpad, and the token does not say that it has a protected authentication path.",
        "Name another --pin-source.";
    LOST = 7, "the token or its session is gone",
        "The token was removed, or the module ended the session in the middle of the command.",
        "Put the token back, run `byok recover`, and repeat the command.";
    CALL_FAILED = 8, "the token refused",
        "A PKCS#11 function answered with an error. The error names the function and its code, the cause says what the code means.",
        "`byok hsm probe` shows what the token can do.";
    BAD_ANSWER = 9, "the module's answer makes no sense",
        "A PKCS#11 function reported success with an answer that cannot be right. Nothing that rests on it was kept.",
        "Report it to the module's maker; the error names the function.";
    BAD_REQUEST = 10, "no token can be asked for this",
        "The request cannot be put to any PKCS#11 token.",
        "The error names what is wrong.";
    PADS_KEYS = 11, "this token pads keys",
        "The probe wrapped throw-away keys and got them back with zero bytes appended. Secret keys whose length fits come out right; private keys do not, so no bundle ever holds one as this mechanism gives it out.",
        "Use another token for private keys, or consent with --allow-exposure plaintext: this host then takes the zeros off in its own memory. `byok hsm probe` shows which types that concerns.";
    NEEDS_CONSENT = 12, "this token cannot do it without showing key material to this host",
        "No route inside the token leads to what the provider asks for. What is left needs this host's memory, and that needs consent by name, once for each operation.",
        "Choose a method that stays inside the token (`byok hsm probe` lists them), or consent with --allow-exposure. The signed manifest records the exposure for ever.";
    NOT_A_SIGNER = 13, "the key cannot sign evidence",
        "Evidence is signed with ECDSA on P-256 or P-384, Ed25519, or RSA-PSS. The key on the token is of another type.",
        "Make the signing key with `byok init --signer-type`.";
    IMPOSSIBLE = 14, "this token cannot do it",
        "The probe found no route, with or without this host's memory, from this key type to what the provider asks for.",
        "`byok hsm probe` shows for each provider and key type what is possible and what stands in the way.";
    UNSAFE = 15, "this token lets out keys that must not leave it",
        "In the probe a key that was made non-extractable could be wrapped. No claim about keys in this token holds, so byok wraps none.",
        "Report it to the vendor and use another token.";
    PROBE_NEEDED = 16, "the token would have to be probed",
        "There is no signed profile that holds for this module, token and firmware, and --no-probe forbids to make one.",
        "Run `byok hsm probe`, or leave --no-probe out.";
    NOT_SIGNED = 17, "the evidence is not signed",
        "The token refused to sign, or its signature does not verify under the signing key's public half.",
        "The cause names the call. Remove it, run `byok recover`, and repeat the command.";
    OTHER_SIGNER = 18, "the token's signing key is not this registry's",
        "The registry trusts the key in its trust folder. The token has no such key, or another one in its place.",
        "Check --token and the registry: they do not belong together, or the signing key was exchanged.";
    READ_BACK = 19, "the token made another key than the one asked for",
        "byok reads back what the token says about every new key. An attribute is not what was asked for, so the key was destroyed again.",
        "Report it to the vendor; the error names the attribute.";
    WRONG_LENGTH = 20, "the token's answer has the wrong length",
        "The length of a wrapped key follows from its type and the method. Another length means a truncated, padded or wrongly formatted key. The blob was not released.",
        "Run `byok hsm probe` anew; the token does not do what its profile says.";
    NOT_THE_KEY = 21, "what the token gave out is not the key",
        "With your consent the key came into this host's memory, to be wrapped there. It was not what it must be: the private half of the manifest's public key, or a secret key of the right length, check value and answers, with at most seven zero bytes after it. Nothing was released. As what came out may hold the key all the same, a manifest of its own records the exposure.",
        "Do not use this token for keys before you know why; `byok hsm probe` shows what it does. Treat the key as seen by this host.";
    SHORT_SCALAR = 22, "this token leaves out zeros of EC private keys",
        "The private scalar of an EC key is as long as its curve's field (RFC 5915 section 3). The probe got P-521 keys back whose scalar lacked the zero that it begins with. That is so for one key in 2 on P-521 and for one in 256 on the other curves. It is the right key all the same; OpenBao takes it, a strict reader does not, and what AWS, Azure and Google do is not documented. From outside of the token nobody can see which keys are concerned.",
        "If the provider refuses the key, make another one: byok wraps the key as the token gives it out, whatever --allow-exposure says, because a way that shows less is always taken first.";
}
