//! Exit code 6: PIN wrong or locked. Apart from the token's errors, so that no script retries into a lock-out.

super::codes_without_example! { 6;
    PIN_INCORRECT = 1, "PIN incorrect",
        "The token refused the PIN. byok never tries a PIN twice; every wrong one brings the token nearer to its lock.",
        "Check the PIN source before you repeat the command.";
    PIN_LOCKED = 2, "PIN locked",
        "The token has refused too many PINs and takes none any more. byok did not send yours.",
        "The security officer resets the user PIN with the vendor's tool.";
    PIN_EXPIRED = 3, "PIN expired",
        "The token wants a new PIN before it does anything else.",
        "Change the PIN with the vendor's tool.";
    PIN_NOT_SET = 4, "PIN not set",
        "The token is initialised and its user PIN is not.",
        "The security officer sets the user PIN with the vendor's tool.";
    SO_PIN_INCORRECT = 5, "PIN of the security officer incorrect",
        "The token refused the security officer's PIN. byok never tries a PIN twice.",
        "Check --so-pin-source before you repeat the command.";
    SO_PIN_LOCKED = 6, "PIN of the security officer locked",
        "The token takes no security officer's PIN any more.",
        "Most tokens can only be reset as a whole from here; ask the vendor.";
}
