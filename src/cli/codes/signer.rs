//! Exit code 3: a new evidence signer in the place of a lost one.

super::codes! { 3;
    NO_POLICY = 30, "nobody is named who could approve a new signer",
        "A lost evidence signer cannot name its successor. People do, and an adopted policy says which. This registry has adopted none.",
        "Otherwise whoever can write the registry could sign its evidence from then on.",
        "Without a policy a lost signer cannot be replaced: make a new registry. Adopt a policy with approvals for replace-signer before it is needed.",
        "byok signer replace --out statement.json\nerror: this registry has adopted no policy, so nobody is named who could approve a new signer [E0330]";
    NOT_LOST = 31, "the evidence signer is not lost",
        "The token that was named holds the evidence signer of this registry. Nothing was done.",
        "A signer that is there signs its own evidence; replacing it would make two.",
        "Name the new token with --token, or the signer's own in byok.yaml.",
        "byok signer replace --out statement.json\nerror: the evidence signer byok-signer-00112233 is on this token: it is not lost [E0331]";
    MISMATCH = 32, "the statement does not fit this registry",
        "The statement is about another registry, another signer, another policy or another checkpoint than the last one. Nothing was done.",
        "People approved the end of one signer at one point of one log. Anything later was signed by a signer that is not lost.",
        "Check --registry. If the registry went on since the statement was made, make a new one and have it approved.",
        "byok signer replace --statement statement.json\nerror: the statement does not fit this registry: its checkpoint is not the last one [E0332]";
    APPROVALS = 33, "the approvals of the statement do not suffice",
        "The adopted policy asks for more people, or for others, than those who have signed the statement. Nothing was done.",
        "One person alone must not be able to choose who signs the evidence.",
        "The causes say which signatures do not count, and why. `byok approve statement.json --key KEY` adds one.",
        "byok signer replace --statement statement.json\nerror: 0 of 2 approvals [E0333]";
    TIME = 34, "the statement is too old",
        "A statement can be carried out for 30 days after it was made, and not before. Nothing was done.",
        "An approval is for now.",
        "Check this host's clock with `date -u`; else make a new statement and have it approved.",
        "byok signer replace --statement statement.json\nerror: the statement was made at 2020-01-01T00:00:00Z; it can be carried out for 30 days from then [E0334]";
}
