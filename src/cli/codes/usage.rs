//! Exit code 2: what was typed or configured.

super::codes! { 2;
    USAGE = 1, "the command line is not understood",
        "An option or argument is unknown, missing, or has a value that it cannot have. Nothing was done.",
        "With keys a guess at what was meant is worse than a second try.",
        "`byok COMMAND --help` lists what the command takes, with examples.",
        "byok generat\nerror: unrecognized subcommand 'generat' [E0201]";
    OUTPUT_EXISTS = 2, "the output exists already",
        "byok never writes over a file or folder. Nothing was done.",
        "What stands there may be the only copy of a key, a bundle or evidence.",
        "Name another output, or move the existing one away.",
        "byok export-audit --format csv --out audit.csv\nerror: /home/ann/audit.csv exists already [E0202]";
    NO_PIN_SOURCE = 3, "no PIN source",
        "The command needs the token's PIN, no source for it was named, and there is no terminal to ask at. The token was not touched.",
        "In a script nobody answers a question, so byok says at once where the PIN could come from. On the command line every process of the host could read it.",
        "Pass `--pin-source env:NAME`, `file:PATH`, `fd:N`, `prompt` or `pinpad`, or set pin-source in byok.yaml. The PIN itself never goes on the command line.",
        "byok generate web/api --type aes-256\nerror: there is no terminal to ask for the PIN at [E0203]";
    PIN_FILE_EXPOSED = 4, "a PIN file that others can reach",
        "The PIN file belongs to somebody else, or its mode lets others read or change it. It was not used.",
        "Whoever has the PIN can use every key of the token. A PIN that others could read counts as known.",
        "Make the file yours and `chmod 600` it. If others could read it, change the PIN.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source file:readable\nerror: the PIN file /home/ann/readable can be reached by others (mode 0644, owner 1000) [E0204]";
    PIN_SOURCE_UNUSABLE = 5, "the PIN source gives no PIN",
        "The named source does not exist, is empty, is too long, is not a regular file, or is not text. The token was not touched.",
        "A PIN that is cut short or empty would be a wrong one, and wrong PINs lock the token.",
        "Check the source. A file or descriptor holds the PIN and at most one newline after it.",
        "byok init --module /usr/lib/softhsm/libsofthsm2.so --token demo --pin-source env:TOKEN_PIN\nerror: the environment variable TOKEN_PIN is not set, or is empty [E0205]";
    CONFIG_EXPOSED = 6, "a byok.yaml that others can change",
        "The file or its folder belongs to somebody else, or others can write it, so it was not used.",
        "byok.yaml names the module that is loaded into this process and the folder that is trusted. Whoever can change it can run code with your PIN in reach.",
        "Make both yours and `chmod go-w` them, or name another file with --config.",
        "byok list\nerror: the configuration was not used: others can change /home/ann/byok.yaml (mode 0666, owner 1000) [E0206]";
    CONFIG_INVALID = 7, "byok.yaml is not valid",
        "The file is not YAML, has an unknown or doubled field, or a value that the field cannot have.",
        "A setting that is passed over in silence, because it is misspelt, is one that you believe to be in force.",
        "Correct the line that the error or its cause names.",
        "byok list\nerror: /home/ann/byok.yaml:19:1 is not a valid configuration [E0207]\ncause: unknown field `policies`, expected one of token, pin-source, registry, signer, policy, targets";
    SETTING_MISSING = 8, "a setting is missing",
        "The command needs to know the module, the token or the registry, and neither a flag nor byok.yaml names it.",
        "A host can have several modules and tokens. byok works with the one that you name and does not pick one.",
        "Pass --module, --token and --registry, or run `byok init`, which writes a byok.yaml.",
        "byok list\nerror: no registry is named [E0208]";
    NO_TRUST = 9, "verification without a trust anchor",
        "The command verifies signatures, and no key was named that is trusted.",
        "A signature shows something only against a key that reached you by another way. A key that lies beside the evidence is never an anchor: whoever forges one forges the other.",
        "Pass --trust with the signer's public key (PEM) that was handed over when the registry was made.",
        "byok verify bundle\nerror: no trust anchor is named [E0209]";
    CONFIRMATION_NEEDED = 10, "a confirmation is needed",
        "The command asks before it goes on, and there is no terminal to ask at. Nothing was done.",
        "byok asks before it destroys something, or relies on something that it cannot check. A script must say that this is meant.",
        "Read what it would do, then repeat it with --yes.",
        "byok recover --undo\nerror: a confirmation is needed, and there is no terminal to ask at [E0210]";
    NOT_CONFIRMED = 11, "not confirmed",
        "The question was not answered with yes. Nothing was done.",
        "An empty line, or an answer that is not understood, must never count as consent.",
        "Repeat the command when you are sure.",
        "byok recover --undo\nerror: not confirmed; nothing was done [E0211]";
    MODULE_NOT_ABSOLUTE = 12, "the module's path is not absolute",
        "--module, or the module in byok.yaml, is a relative path or a bare name. Nothing was loaded.",
        "A relative path depends on the folder you stand in, and for a bare name the loader searches: another file than the one that was meant could be loaded, and would get the PIN.",
        "Write the full path, for example /usr/lib/softhsm/libsofthsm2.so.",
        "byok init --module libsofthsm2.so --token demo --pin-source file:pin\nerror: the module's path libsofthsm2.so is not absolute [E0212]";
    CONFIG_MISSING = 13, "the configuration file cannot be read",
        "The file named by --config or BYOK_CONFIG does not exist, is not a regular file, is too large, is not text, or may not be read.",
        "Without the file that was meant, the command could work on another token or registry.",
        "Check the path. Without --config and BYOK_CONFIG the nearest byok.yaml upwards is used.",
        "byok list --config missing.yaml\nerror: /home/ann/missing.yaml cannot be read [E0213]";
    PURPOSE = 14, "the type cannot serve the purpose",
        "AES encrypts, wraps or computes MACs, HMAC computes MACs, EC and Ed25519 sign, RSA signs, encrypts or wraps. The purpose is none of the type's.",
        "A key does one thing (NIST SP 800-57 part 1, section 5.2): the purpose decides what the token lets it do, and which imports a provider takes.",
        "Leave --purpose out for the type's usual purpose, or choose another type.",
        "byok generate web/api --type ec-p256 --purpose encrypt\nerror: a key of type ec-p256 cannot serve the purpose encrypt [E0214]";
    DESTINATION = 15, "the name on the provider's side is not usable",
        "--target or another option about the provider's side breaks the provider's grammar, is missing, or means nothing to this provider.",
        "Such values end up in import.sh, where a quote or a leading dash could become a command, and a wrong name is found out only at the provider.",
        "A name is proposed by the hint. `byok providers show PROVIDER` names the options, `byok wrap-for-import --help` says what each is.",
        "byok wrap-for-import payments/kek --provider aws-kms --wrapping-key params.json --method RSAES_OAEP_SHA_1 --out out --mount transit\nerror: --mount means nothing to aws-kms [E0215]";
    METHOD_REQUIRED = 16, "the wrap method must be named",
        "The provider's answer does not say which wrapping algorithm it was asked for, so byok does not know it either.",
        "A wrong guess would be found out only after the import, at the provider, by an error that does not name the cause.",
        "Repeat what the provider was asked for, with --method.",
        "byok wrap-for-import payments/kek --provider aws-kms --wrapping-key params.json --out bundle\nerror: method not named [E0216]";
    KEY_TO_STDOUT = 20, "a key does not go to standard output like this",
        "Standard output is a terminal, or a private or symmetric key in the clear would go there without consent. Nothing was written.",
        "What a terminal shows stays in its history, and a pipe leads to a program that byok knows nothing of.",
        "Pass `--out FILE`, which only you can read. For a pipe: `--stdout --allow-exposure plaintext`, or write an encrypted form.",
        "byok convert key.p12 --to pkcs8 --unencrypted --stdout --allow-exposure plaintext | ssh-add -";
    NO_PASSPHRASE_SOURCE = 21, "no passphrase source",
        "The file is encrypted, or is to be, no source for its passphrase was named, and there is no terminal to ask at. Nothing was done.",
        "A passphrase on the command line would be seen by every process of the machine.",
        "Pass `--passphrase-source` for the file that is read, `--new-passphrase-source` for the one that is written: `env:NAME`, `file:PATH`, `fd:N` or `prompt`.",
        "byok convert key.p12 --to pkcs8 --out key.pem --passphrase-source fd:3";
    PASSPHRASE_SOURCE_UNUSABLE = 22, "the passphrase source gives no passphrase",
        "The named source does not exist, is empty, is too long, is not text, or is a file that others can reach; or the two passphrases that were typed differ. Nothing was done.",
        "A passphrase that others can read protects nothing.",
        "Check the source. A file must be yours with mode 0600, and holds the passphrase and at most one newline after it. A new file cannot have an empty passphrase.",
        "chmod 600 secret && byok convert key.p12 --to pkcs8 --out key.pem --passphrase-source file:secret";
    NOTHING_TO_CHECK = 25, "nothing to check",
        "The folders that were named hold no file that could be a key. What was left out stands in the output.",
        "A check that looks at nothing must not pass: in a script it would hide a wrong path.",
        "Name the files themselves; hidden ones are looked at when they are named.",
        "mkdir empty; byok check empty\nerror: there is nothing to check [E0225]";
    TYPE_NEEDED = 28, "the key's type must be named",
        "The file holds bytes of a symmetric key and nothing that says what they are for.",
        "The type decides what the token lets the key do, and which imports a provider takes. 32 bytes are an AES-256 key as well as one for HMAC-SHA-256, and a key does one thing.",
        "Name it with --type; the hint lists what the length allows.",
        "byok import payments/old secret.bin\nerror: 32 bytes do not say the key's type [E0228]";
    BUNDLE_CONSENT = 33, "a key file is wrapped, and a wrapped key opened, with consent only",
        "This host sees the key: it is in a file, or comes out of a wrapped key. That needs consent by name, once for each operation.",
        "A key that was in a host's memory may be known to whoever controls the host. The signed manifest of a bundle records the exposure.",
        "Repeat the command with --allow-exposure plaintext, or put the key into a token with `byok import` and wrap it from there.",
        "byok convert tls.pem --to bundle --provider generic --wrapping-key wrapping-key.pem --out bundle\nerror: a bundle of a key file needs consent: this host sees the key [E0233]";
    DATES = 37, "dates that contradict each other",
        "A date has passed already, or the dates are not in the order activation, protect-stop, process-stop, destroy. Nothing was done.",
        "A key that stops before it begins protects nothing, and a date in the past would say that something happened which did not.",
        "Give times after now, in that order, as 2027-01-01T00:00:00Z (RFC 3339).",
        "byok activate payments/kek --at 2020-01-01T00:00:00Z\nerror: the activation date 2020-01-01T00:00:00Z has passed: it is 2026-11-22T10:00:00Z [E0237]";
    NO_POLICY = 40, "no policy is named",
        "There is no `--policy FILE`, the registry has adopted no policy, and byok.yaml names none.",
        "What is explained or tested must be known.",
        "Name the file with --policy.",
        "byok policy explain web/tls --type ec-p256\nerror: no policy is named [E0240]";
    KEY_UNKNOWN_TO_EXPLAIN = 41, "the key's type is needed",
        "The registry has no key of this name, or there is no registry, and no `--type` says what the key would be.",
        "Rules depend on a key's type, purpose, owner and attributes.",
        "Pass --type, and --purpose, --owner and --attribute as to `byok generate`.",
        "byok policy explain web/new --policy policy.yaml\nerror: web/new is no key of a registry, and no --type says what it would be [E0241]";
    UNKNOWN_CLASSIFICATION = 42, "the policy has no such classification",
        "The policy maps classifications to custody patterns, and this is none of them.",
        "A classification that nobody mapped demands nothing, which is hardly what was meant.",
        "Use one of those that the hint names, or add it to the policy.",
        "byok policy explain --classification publik --policy policy.yaml\nerror: the policy has no classification publik [E0242]";
    CANNOT_PLAN = 43, "this command cannot be planned",
        "A plan holds a command that changes keys or rules in a way that a policy can ask approvals for. This command is none of them, or this version of byok does not have it yet.",
        "What needs nobody's approval needs no plan.",
        "Run the command itself. Plans hold rotate, wrap-for-import, import, revoke, seal, recover and policy adopt.",
        "byok plan generate web/tls --type ec-p256 --out plan.json\nerror: generate cannot be planned [E0243]";
    AUTHOR_NEEDED = 44, "the plan's author must be a person of the policy",
        "The policy asks for approvals by others than the author, and the login name belongs to none of its people.",
        "Two pairs of eyes are two only if it is known whose they are.",
        "Name yourself with `--author`, by your name in the policy, or have your login name added to it.",
        "byok plan wrap-for-import payments/kek --provider openbao --wrapping-key answer.json --out bundle --out plan.json\nerror: nobody of the policy has the login name svc [E0244]";
    PLAN_LIFE = 45, "a plan cannot be good for so long",
        "The period of `--expires` is not one of at least a second and at most 30 days.",
        "An approval is for now, and a plan that never expires could be applied when nobody remembers it.",
        "Pass a period such as `PT8H` or `P3D`; without the option it is 72 hours.",
        "byok plan seal payments/kek --expires P1Y --out plan.json\nerror: a plan is good for at least a second and at most 30 days [E0245]";
    PERSON_NEEDED = 46, "whose approval it is must be said",
        "The allowed signers name several people with this key. Nothing was signed.",
        "An approval is that of one person. byok does not choose whose.",
        "Name yourself with `--as`, by your name in the allowed signers.",
        "byok approve plan.json --key shared --yes\nerror: the key is that of alice and of bob [E0246]";
    NO_SSH_KEYGEN = 47, "ssh-keygen cannot be started",
        "Approvals are made by OpenSSH's `ssh-keygen`, which was not found on PATH or cannot be run. Nothing was signed.",
        "byok never holds the keys of people; OpenSSH asks for passphrases, agents and devices as it always does.",
        "Install OpenSSH's client, or sign elsewhere with `ssh-keygen -Y sign` and pass the result with `--signature`.",
        "byok approve plan.json --key id_ed25519 --yes\nerror: ssh-keygen is not installed [E0247]";
    UNNAMED_APPROVAL = 49, "an approval's file does not say whose it is",
        "The file of an approval is called PERSON.sshsig, with the name of the person in the allowed signers.",
        "A signature names a key, and whose key counts is said by name.",
        "Rename the file.",
        "byok signer replace --statement statement.json --approval signature\nerror: signature does not say whose approval it is [E0249]";
    NESTED_BUNDLES = 51, "a bundle would be inside another one",
        "The folder of `--out` is a bundle, or is inside one, or the bundles of two keys of a run would be one inside the other. Nothing was made for this key.",
        "A bundle holds the files that its manifest lists and no others, and a folder that is already there cannot be put in its place.",
        "Name another folder with `--out`.",
        "byok rotate nested --wrapping-keys answers --out nesting/nested@2/more\nerror: /home/ann/nesting/nested@2/more/nested@3/more would be inside the bundle /home/ann/nesting/nested@2/more [E0251]";
    TARGET_ID = 52, "for which target an answer speaks must be said",
        "The key version was wrapped for several targets whose keys are called the same, and the answer fits more than one; or the target that was named is none for which it was wrapped. Nothing was recorded.",
        "An answer of OpenBao does not show from which server or mount it is. Counted for the wrong one, it would make the old version look replaced where it is still needed.",
        "Pass `--target-id` with the id in byok.yaml of the target at which the answer was fetched. `byok show NAME@N` and `byok status` name them.",
        "byok confirm-import payments/kek@2 --provider openbao --evidence eu.json\nerror: the answer fits several places for which payments/kek@2 was wrapped, and does not say which it is from: eu, us [E0252]";
}
