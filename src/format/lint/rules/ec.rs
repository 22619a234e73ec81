//! F4xx: EC and Ed25519 keys.

super::rules! {
    EC_POINT = 401, Error, "the point is not on its curve",
        "The public key's coordinates do not satisfy the equation of the curve that it names.",
        "With such a point a key agreement gives its secret away bit by bit (SEC 1 section 3.2.2.1). It is no key.",
        "Take another copy of the public key, and compare the curve's name with the one that was meant.",
        "a key of secp256k1 that is labelled P-256";
    EC_SCALAR_RANGE = 402, Error, "the private scalar is out of range",
        "The scalar is zero, or not below the order of the curve's group (SEC 1 section 3.2.1).",
        "It is no private key: programs refuse it, or reduce it and use another key than the file says.",
        "Take another copy of the key, or make a new one.",
        "32 bytes FF on P-256";
    EC_SCALAR_LENGTH = 403, Warning, "the scalar is not as long as the curve's field",
        "RFC 5915 section 3 wants the scalar with its leading zeros, as long as a field element. In this file it is shorter or longer.",
        "Some programs leave the zero out that one scalar in 256 begins with (on P-521, one in two). Google Cloud's HSMs name an invalid length of EC keys as a reason of failed imports.",
        "Write the key anew: `byok convert FILE --to pkcs8 --encoding der --out key.der` gives the scalar its length.",
        "31 bytes on P-256";
    PUBLIC_DIFFERS = 404, Error, "the public key is not the private key's",
        "The file holds a private key and a public key, and the private one makes another public key.",
        "The file was damaged or put together from two keys. Some programs believe one half and some the other.",
        "Find out which half is right by a signature or a certificate, and take another copy.",
        "the scalar of one key with the point of another";
    EC_GUESSABLE = 405, Error, "a private scalar that can be guessed",
        "The scalar has less than half as many bits as the curve allows, or its bytes repeat or count.",
        "It was not drawn at random, and whoever tries such numbers finds it. Chance makes no such key.",
        "Make a new key: `byok generate NAME --type ec-p256`.",
        "d = 1";
    EC_NO_POINT = 406, Note, "the public key is not in the file",
        "The private key stands there without its public half, which RFC 5915 leaves open.",
        "Most programs calculate it. That every provider takes a key without it is not documented.",
        "Nothing to do when byok imports or converts the key: it puts the public key in. By hand: `byok convert FILE --to pkcs8 --encoding der --out key.der`.",
        "openssl ec -no_public";
    ED25519_GUESSABLE = 407, Error, "an Ed25519 seed that can be guessed",
        "The 32 bytes of the seed are zero, repeat or count.",
        "They were not drawn at random, and everybody can make the same key.",
        "Make a new key: `byok generate NAME --type ed25519`.",
        "32 zero bytes";
    ED25519_WEAK_POINT = 408, Error, "an Ed25519 public key of small order",
        "The public key is one of the few points whose multiples repeat after at most eight.",
        "Signatures that verify under it can be made without any private key.",
        "Take another copy of the public key; no private key makes this one.",
        "01 followed by 31 zero bytes";
}
