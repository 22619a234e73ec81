//! Exit code 3: policy and consent.

super::codes! { 3;
    EXPOSURE_NOT_ALLOWED = 1, "this way would show key material to this host",
        "The token can build what the provider asks for only with help of this host's memory. That needs consent by name, once for each operation.",
        "Choose a method that stays inside the token (`byok hsm probe` lists them), or consent with --allow-exposure ephemeral-kek or plaintext. The signed manifest records it for ever.";
}
