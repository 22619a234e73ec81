//! F3xx: the numbers of RSA keys.

super::rules! {
    RSA_SHORT = 301, Error, "an RSA modulus of less than 2048 bits",
        "The modulus is shorter than the least that is allowed today.",
        "Moduli of 829 bits were factored in public. SP 800-131A revision 2 forbids less than 2048 bits, and no provider takes them.",
        "Make a new key: `byok generate NAME --type rsa-3072`. This one should not be used any longer.",
        "openssl genrsa 1024";
    RSA_ODD_SIZE = 302, Warning, "an unusual size of an RSA modulus",
        "The modulus has neither 2048, 3072 nor 4096 bits.",
        "The key may be good, and the providers that byok knows take only these three sizes. byok imports only these.",
        "Make a key of 3072 or 4096 bits if it is to go to a provider.",
        "openssl genrsa 2047, or 8192";
    RSA_HUGE = 303, Error, "an RSA modulus that is too long to check",
        "The modulus has more than 8192 bits. byok did not calculate with it.",
        "No provider takes it, and operations with it take so long that it stops the services that use it.",
        "Make a key of 3072 or 4096 bits.",
        "openssl genrsa 16384";
    RSA_EXPONENT_USELESS = 304, Error, "a public exponent that encrypts nothing",
        "The public exponent is even, one, or not below the modulus.",
        "With the exponent 1 a ciphertext is its plaintext and everybody can sign. With an even one there is no private key (RFC 8017 section 3.1).",
        "The key is broken or was tampered with: make a new one.",
        "e = 1";
    RSA_EXPONENT_SMALL = 305, Warning, "a small public exponent",
        "The public exponent is odd and below 65537.",
        "With 3, a message without padding is found by a cube root, and some signature checks could be cheated. FIPS 186-5 wants an exponent between 2^16 and 2^256, and many HSMs refuse others.",
        "Make a key with the exponent 65537, which is what tools do when nothing else is said.",
        "openssl genrsa -3 3072";
    RSA_EXPONENT_LONG = 306, Warning, "a long public exponent",
        "The public exponent has more than 32 bits.",
        "Several libraries refuse it (Go takes less than 2^31, Windows at most 32 bits), and FIPS 186-5 ends at 2^256. Attackers use long ones to keep servers busy.",
        "Make a key with the exponent 65537.",
        "e of 2048 bits, as some generators draw it at random";
    RSA_EQUAL_PRIMES = 307, Error, "both primes are the same",
        "The modulus is the square of one prime.",
        "A square root finds it: the key protects nothing.",
        "Make a new key, with another generator.",
        "p = q";
    RSA_CLOSE_PRIMES = 308, Error, "the primes are close together",
        "The primes differ by less than FIPS 186-5 demands (2^(bits/2 - 100)), or a hundred steps of Fermat's method found them.",
        "Fermat's method factors such a modulus at once. Printers and libraries have made such keys (CVE-2022-26320).",
        "Make a new key, with another generator.",
        "q is the next prime after p";
    RSA_UNEQUAL_PRIMES = 309, Warning, "primes of unequal length",
        "One prime has more bits than the other.",
        "FIPS 186-5 wants both to be half as long as the modulus. Many HSMs and providers store them in fields of that length and refuse others.",
        "Make a new key, with another generator.",
        "p of 1030 bits and q of 1018";
    RSA_PRODUCT = 310, Error, "the primes do not make the modulus",
        "The product of the two primes in the file is not its modulus: the file was damaged, or put together from two keys.",
        "Signatures and decryptions with this file are wrong, and a wrong signature can give the primes away.",
        "Take another copy of the key, and find out how this one came to be.",
        "one digit of p is another";
    RSA_NOT_PRIME = 311, Error, "a factor is no prime",
        "One of the two numbers that should be prime is not.",
        "Results may be right by luck while the modulus is far easier to factor than it looks.",
        "Make a new key, with another generator.",
        "p = 3 * 5 * r";
    RSA_PRIVATE_EXPONENT = 312, Error, "the private exponent does not fit",
        "The private exponent is not the inverse of the public one, or not below the modulus (RFC 8017 section 3.2).",
        "What the private key signs, the public key does not verify. Some programs notice only when the key is in use.",
        "Take another copy of the key.",
        "d of one key with n and e of another";
    RSA_CRT = 313, Error, "the CRT numbers do not fit",
        "The exponent for a prime, or the coefficient, is not what the other numbers make of it (RFC 8017 section 3.2).",
        "Programs that use these numbers calculate wrongly, others do not; one wrong signature is enough to factor the modulus.",
        "Take another copy of the key; a tool that knows p, q and e can calculate the rest anew.",
        "dP and dQ exchanged";
    RSA_SHORT_PRIVATE_EXPONENT = 314, Error, "a short private exponent",
        "The private exponent is shorter than half the modulus.",
        "Short private exponents are found from the public key alone (Wiener 1990; Boneh and Durfee 1999). FIPS 186-5 demands more than half the bits.",
        "Make a new key, with the public exponent 65537.",
        "d of 256 bits, chosen to sign faster";
    RSA_SMALL_FACTOR = 315, Error, "a small factor",
        "A small prime divides the modulus, or one prime has less than a quarter of its bits.",
        "Everybody can find the factor. Such a modulus is often a damaged one, or a random number that was never the product of two primes.",
        "Take another copy of the key, or make a new one.",
        "n is divisible by 3";
    RSA_ROCA = 316, Error, "the fingerprint of ROCA",
        "The modulus has the structure that the library of certain chips gave its primes (CVE-2017-15361). One good modulus in a hundred million looks so by chance.",
        "Keys of up to 2048 bits of this kind can be factored at a cost that an attacker can pay.",
        "Make a new key outside the chip; this one should not be used any longer.",
        "a key from a smart card or TPM of 2008 to 2017";
    RSA_NO_PRIMES = 317, Warning, "a private key without its primes",
        "The file has the modulus and both exponents, and not the primes. A JWK may leave them out (RFC 7518 section 6.3.2).",
        "PKCS#8 needs the primes, so no provider can be given the key as it is, and that its numbers agree cannot be seen.",
        "Export the key again with its primes.",
        "{\"kty\":\"RSA\",\"n\":\"...\",\"e\":\"AQAB\",\"d\":\"...\"}";
}
