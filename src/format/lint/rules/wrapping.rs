//! F6xx: the wrapping key, and what came with it.

super::rules! {
    WRAPPING_PRIVATE = 601, Error, "a private key where the wrapping key should be",
        "The file holds a private or secret key. A wrapping key is the public half of a pair whose private half never leaves the provider.",
        "If the provider's private key is in a file, whoever has the file opens everything that is wrapped for the provider.",
        "Pass the file that the provider handed out. If this is a private key that others could read, replace it.",
        "kek.key in place of kek.pem";
    WRAPPING_TYPE = 602, Error, "a wrapping key that is not RSA",
        "The file holds a public key with which nothing can be wrapped: byok wraps with RSA-OAEP.",
        "It is probably another key than the one that the provider hands out for imports.",
        "Ask the provider for its wrapping key again, and save the answer as it is.",
        "an EC public key";
    WRAPPING_SIZE = 603, Error, "a wrapping key of a size that the provider does not hand out",
        "The provider's wrapping keys have other sizes, so this one is somebody else's.",
        "A key that is wrapped for somebody else is theirs.",
        "Find out where the file comes from before anything else; then ask the provider anew.",
        "an RSA-2048 key for OpenBao, which hands out RSA-4096";
    WRAPPING_NUMBERS = 604, Error, "a wrapping key whose numbers are out of order",
        "The modulus or the exponent breaks a rule of SP 800-56B: an even number, a small factor, a tiny exponent.",
        "The file was damaged, or somebody made a key that can be factored.",
        "Save the provider's answer again, and compare its fingerprint over another channel.",
        "a public exponent of 3";
    WRAPPING_ANSWER = 605, Error, "not an answer that byok can wrap for",
        "The file is an error message of the provider, the answer to another request, or one that breaks a rule of the provider. The detail says which.",
        "Wrapped under it, the key would be refused, or readable for others.",
        "Repeat the request to the provider as its documentation says (`byok providers show PROVIDER` has the link), and look at the answer.",
        "{\"errors\":[\"permission denied\"]}";
    WRAPPING_WEAKER = 606, Warning, "a wrapping key that is weaker than the key",
        "Breaking the wrapping key is less work than breaking the key that it carries (SP 800-57 part 1, section 5.6.3), and the provider hands out stronger ones.",
        "Who breaks the wrapping key has the key. RSA-2048 has 112 bits of strength, RSA-4096 has 152; AES-256 has 256.",
        "Ask the provider for the largest wrapping key that it has.",
        "an AES-256 key under RSA-2048";
    WRAPPING_LARGEST = 607, Note, "the largest wrapping key, and still weaker than the key",
        "Breaking the wrapping key is less work than breaking the key that it carries, and the provider hands out none that is stronger.",
        "The key is then as strong as the wrapping key to anybody who recorded the import.",
        "Nothing, unless a rule demands equal strength: then this provider's import cannot be used for such keys.",
        "an AES-256 key under RSA-4096";
    WRAPPING_EXPIRED = 608, Error, "a wrapping key that has expired",
        "The provider no longer takes imports under this wrapping key or token.",
        "The import would be refused.",
        "Ask the provider for a new wrapping key.",
        "ParametersValidTo of yesterday";
    WRAPPING_ENDS_SOON = 609, Warning, "a wrapping key that ends soon",
        "The provider takes imports under this wrapping key for less than an hour from now.",
        "The import must be finished before; a bundle that waits for somebody's approval is then worthless.",
        "Go on at once, or ask the provider for a new wrapping key first.",
        "ParametersValidTo in ten minutes";
    WRAPPING_NOT_YET = 610, Error, "a wrapping key that is not valid yet",
        "The provider does not take imports under this wrapping key before a time that lies ahead.",
        "The import would be refused now. Often a clock is wrong.",
        "Check the clock of this host, then wait or ask for another wrapping key.",
        "attributes.nbf of tomorrow";
    WRAPPING_CAUTION = 611, Warning, "something to know about the wrapping key",
        "The answer has a property that people may not expect, or the file does not show what a rule of the provider demands. The detail says which.",
        "What nobody has noticed turns up as a failed import, or as a key in another place than was meant.",
        "Decide whether it is meant so; where the file does not show something, save the provider's whole answer, in JSON.",
        "\"protectionLevel\": \"SOFTWARE\"   for a key that was to be in an HSM";
    WRAPPING_INCOMPLETE = 612, Warning, "a wrapping key without what goes with it",
        "The import needs something that came with the wrapping key and is not in this file.",
        "`byok wrap-for-import` will ask for it. Without it, byok cannot tell whether the wrapping key still holds.",
        "Save the provider's answer as it is, in JSON, or have the missing part ready for the option that the detail names.",
        "an AWS public key without its import token";
}
