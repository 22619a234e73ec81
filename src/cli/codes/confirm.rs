//! Exit code 7: a provider's answer about an imported key.

super::codes! { 7;
    NOT_EVIDENCE = 70, "not the provider's answer about a key",
        "The evidence is an error message, an answer to another question, or lacks what byok compares. Nothing was recorded.",
        "What is recorded as the provider's word must be its word about this key, whole and unchanged.",
        "Save what the provider's own command answers, as JSON: `aws kms describe-key` and, for a pair, `get-public-key`; `az keyvault key show`; `gcloud kms keys versions describe --format json`; `bao read -format=json transit/keys/NAME`.",
        "byok confirm-import payments/kek@1 --provider openbao --evidence list.json\nerror: the file is another answer of the provider: it has no data.latest_version, so it is not from `bao read -format=json transit/keys/NAME` [E0770]";
    NOT_IN_USE = 71, "the provider does not have the key in use",
        "The answer is about the right kind of thing, and says that the key waits for its material, is disabled, or is deleted. Nothing was recorded.",
        "A key is active when somebody can use it. Evidence that says so too early sends people to a key that is not there.",
        "Finish the import or enable the key with the provider's own tool, save its answer again, and repeat the command.",
        "byok confirm-import payments/kek@1 --provider aws-kms --evidence key.json\nerror: KeyState is PendingImport [E0771]";
    OTHER_KEY = 72, "the provider has another key",
        "The name, the type or the public key in the answer is not that of the key version. Nothing was recorded.",
        "Either the answer is about another key, or another key was imported. With a wrong public key nothing that is signed there verifies under yours.",
        "Ask about the key that the error names. If it is the right one, do not use it: find out who imported what.",
        "byok confirm-import payments/kek@1 --provider openbao --evidence other.json\nerror: the answer is about another key: the key is other, and payments/kek@1 was wrapped for kek [E0772]";
}
