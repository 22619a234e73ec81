//! Exit code 2: what was typed or configured.

super::codes_without_example! { 2;
    USAGE = 1, "the command line is not understood",
        "An option or argument is unknown, missing, or has a value that it cannot have. Nothing was done.",
        "`byok COMMAND --help` lists what the command takes, with examples.";
    OUTPUT_EXISTS = 2, "the output exists already",
        "byok never writes over a file or folder. Nothing was done.",
        "Name another output, or move the existing one away.";
    NO_PIN_SOURCE = 3, "no PIN source",
        "The command needs the token's PIN, no source for it was named, and there is no terminal to ask at. The token was not touched.",
        "Pass `--pin-source env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`, or set pin-source in byok.yaml. The PIN itself never goes on the command line.";
    PIN_FILE_EXPOSED = 4, "a PIN file that others can reach",
        "The PIN file belongs to somebody else, or its mode lets others read or change it. The PIN in it counts as known; it was not used.",
        "Make the file yours and `chmod 600` it. If others could read it, change the PIN.";
    PIN_SOURCE_UNUSABLE = 5, "the PIN source gives no PIN",
        "The named source does not exist, is empty, is too long, is not a regular file, or is not text. The token was not touched.",
        "Check the source. A file or descriptor holds the PIN and at most one newline after it.";
    CONFIG_EXPOSED = 6, "a byok.yaml that others can change",
        "byok.yaml names the module that is loaded into this process and the folder that is trusted. The file or its folder belongs to somebody else, or others can write it, so it was not used.",
        "Make both yours and `chmod go-w` them, or name another file with --config.";
    CONFIG_INVALID = 7, "byok.yaml is not valid",
        "The file is not YAML, has an unknown or doubled field, or a value that the field cannot have.",
        "Correct the line that the cause names. Unknown fields are refused so that a misspelt one is never ignored.";
    SETTING_MISSING = 8, "a setting is missing",
        "The command needs to know the module, the token or the registry, and neither a flag nor byok.yaml names it.",
        "Pass --module, --token and --registry, or run `byok init`, which writes a byok.yaml.";
    NO_TRUST = 9, "verification without a trust anchor",
        "A signature shows something only against a key that reached you by another way. A key that lies beside the evidence is never an anchor.",
        "Pass --trust with the signer's public key (PEM) that was handed over when the registry was made.";
    CONFIRMATION_NEEDED = 10, "a confirmation is needed",
        "The command asks before it goes on, and there is no terminal to ask at. Nothing was done.",
        "Read what it would do, then repeat it with --yes.";
    NOT_CONFIRMED = 11, "not confirmed",
        "The question was not answered with yes. Nothing was done.",
        "Repeat the command when you are sure.";
    MODULE_NOT_ABSOLUTE = 12, "the module's path is not absolute",
        "A relative path, or a bare name that the loader searches for, could load another file than the one that was meant.",
        "Write the full path, for example /usr/lib/softhsm/libsofthsm2.so.";
    CONFIG_MISSING = 13, "the configuration file cannot be read",
        "The file named by --config or BYOK_CONFIG does not exist, is not a regular file, is too large, or may not be read.",
        "Check the path. Without --config and BYOK_CONFIG the nearest byok.yaml upwards is used.";
    PURPOSE = 14, "the type cannot serve the purpose",
        "A key does one thing: AES encrypts, wraps or computes MACs, HMAC computes MACs, EC and Ed25519 sign, RSA signs, encrypts or wraps.",
        "Leave --purpose out for the type's usual purpose, or choose another type.";
    DESTINATION = 15, "the name on the provider's side is not usable",
        "--target or another option about the provider's side breaks the provider's grammar, is missing, or means nothing to this provider. Such values end up in import.sh, so they are checked here.",
        "A name is proposed by the hint. `byok providers show PROVIDER` names the options, `byok wrap-for-import --help` says what each is.";
    METHOD_REQUIRED = 16, "the wrap method must be named",
        "The provider's answer does not say which wrapping algorithm it was asked for. A wrong guess would be found out only after the import, so byok does not guess.",
        "Repeat what the provider was asked for, with --method.";
}
