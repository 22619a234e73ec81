//! Exit code 6: PIN wrong or locked. Apart from the token's errors, so that no script retries into a lock-out.

super::codes! { 6;
    PIN_INCORRECT = 1, "PIN incorrect",
        "The token refused the PIN. byok never tries a PIN twice; every wrong one brings the token nearer to its lock.",
        "Check the PIN source before you repeat the command.";
    PIN_LOCKED = 2, "PIN locked",
        "The token has refused too many PINs and takes none any more. byok did not send yours.",
        "The security officer resets the user PIN with the vendor's tool.";
}
