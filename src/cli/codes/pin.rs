//! Exit code 6: PIN wrong or locked. Apart from the token's errors, so that no script retries into a lock-out.

super::codes! { 6;
    PIN_INCORRECT = 1, "PIN incorrect",
        "The token refused the PIN. byok never tries a PIN twice.",
        "Every wrong PIN brings the token nearer to its lock, and a locked token keeps its keys to itself.",
        "Check the PIN source before you repeat the command.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source file:wrong\nerror: the PIN is wrong; few tries are left before the token locks itself [E0601]";
    PIN_LOCKED = 2, "PIN locked",
        "The token has refused too many PINs and takes none any more. byok did not send yours.",
        "No key of the token can be used until the PIN is reset.",
        "The security officer resets the user PIN with the vendor's tool.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source file:pin\nerror: the PIN of token demo is locked [E0602]";
    PIN_EXPIRED = 3, "PIN expired",
        "The token wants a new PIN before it does anything else.",
        "A PIN is changed by a person: byok keeps none, and changes none.",
        "Change the PIN with the vendor's tool.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source file:pin\nerror: the PIN has expired and must be changed with the token's own tool [E0603]";
    PIN_NOT_SET = 4, "PIN not set",
        "The token is initialised and its user PIN is not.",
        "Without a user PIN nobody can log in to make or use keys.",
        "The security officer sets the user PIN with the vendor's tool.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token half --pin-source file:pin\nerror: the token's user PIN has not been set [E0604]";
    SO_PIN_INCORRECT = 5, "PIN of the security officer incorrect",
        "The token refused the security officer's PIN. byok never tries a PIN twice.",
        "When this PIN is locked, most tokens can only be reset as a whole, keys included.",
        "Check --so-pin-source before you repeat the command.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token new --pin-source file:pin --create-token --so-pin-source file:wrong --yes\nerror: the security officer's PIN is wrong [E0605]";
    SO_PIN_LOCKED = 6, "PIN of the security officer locked",
        "The token takes no security officer's PIN any more.",
        "Nobody can set or reset the user PIN of this token.",
        "Most tokens can only be reset as a whole from here; ask the vendor.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token new --pin-source file:pin --create-token --so-pin-source file:so-pin --yes\nerror: the security officer's PIN is locked [E0606]";
}
