//! Exit code 7: policy documents.

super::codes! { 7;
    REFUSED = 80, "the policy has mistakes",
        "The file is not a policy that byok reads: not YAML, an unknown or doubled field, a value that its field cannot have, approvals that nobody can give, or a rule that never decides.",
        "A rule that is misspelled is a rule that does not hold. So nothing of such a file is used.",
        "Each mistake stands in the output with line, column, key path and a caret. docs/policy.md lists every field.",
        "byok policy check policy.yaml\nerror: policy.yaml has 1 mistake [E0780]";
}
