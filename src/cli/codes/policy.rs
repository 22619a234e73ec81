//! Exit code 3: what the policy denies, and what it asks for.

super::codes! { 3;
    DENIED = 1, "the policy denies it",
        "The policy that this registry has adopted does not permit this. The first rule that matches the key decides; a key that no rule matches can be suspended and sealed, and nothing else.",
        "The rules were written, tested and adopted by people who answer for them. What they do not permit is not done, by nobody.",
        "The error says which line decides, and the hint what it permits. `byok policy explain NAME` shows the whole rule.",
        "byok generate web/api --type rsa-2048\nerror: the policy denies generate of web/api: type rsa-2048 is not among rsa-3072, ec-p256 [E0301]";
    NEEDS_APPROVALS = 2, "approvals are needed",
        "The policy permits this only when other people have approved it. They approve a plan: a file that says exactly what will be done.",
        "One person alone, or one stolen account, must not be able to do it.",
        "Make the plan with the same arguments, have it approved, then apply it.",
        "byok seal payments/kek\nerror: the policy asks for 2 approvals (security 1) of seal of payments/kek [E0302]";
    ALTERED = 3, "the adopted policy was changed or is gone",
        "A file of the adopted policy is missing from the registry, or has other bytes than those that were adopted.",
        "Whoever can write the registry could otherwise write their own rules.",
        "Put the file back that was adopted: its name is its SHA-256. If nobody knows who changed it, look at the rest of the registry with `byok verify`.",
        "byok generate web/tls --type ec-p256\nerror: the adopted policy /home/ann/registry/policy/3f1c.yaml is missing [E0303]";
    OTHER_POLICY = 4, "another policy than the adopted one is named",
        "byok.yaml names a policy file whose bytes are not those of the policy that this registry has adopted, or the registry has adopted none.",
        "A changed policy counts once it is adopted, with the approvals that the old one asks for. A registry without a policy where one is named may be the wrong registry.",
        "Adopt the file with `byok policy adopt`, or check that --registry and byok.yaml belong together.",
        "byok generate web/tls --type ec-p256\nerror: byok.yaml names a policy, and this registry has adopted none [E0304]";
    CHANGED = 5, "another policy was adopted in the meantime",
        "While this command waited for a PIN or a lock, another policy was adopted.",
        "What was permitted a moment ago may not be permitted now.",
        "Repeat the command.",
        "byok generate web/tls --type ec-p256\nerror: another policy was adopted in the meantime [E0305]";
    ATTENDED = 6, "the policy wants a person to answer",
        "The command asks a question before it goes on, nobody is there to answer it, and the policy does not list the operation under `unattended`.",
        "A script answers every question with yes. Where the policy wants a person, a person has to see what will happen.",
        "Type the command at a terminal. If a script has to do it, the policy can list the operation under `unattended`, or ask for approvals: a plan with all of them answers the question, a plan without does not. A wrapping key can be pinned.",
        "byok recover --undo --yes\nerror: the policy does not let --yes answer this, and there is no terminal [E0306]";
    UNREADABLE = 7, "the adopted policy cannot be read",
        "The files have the bytes that were adopted, and this version of byok does not understand them.",
        "A rule that is not understood cannot be kept.",
        "Use the version of byok with which the policy was adopted, or a later one.",
        "byok generate web/tls --type ec-p256\nerror: the adopted policy cannot be read by this version of byok: line 1: unknown schema [E0307]";
    KEYLESS = 8, "a person of the policy has no key",
        "Under `people` the policy names somebody for whom the allowed signers have no line, or only keys that the policy has revoked.",
        "Approvals would be counted on that can never come. With the policy in force, nothing that needs them could be done, the next policy included.",
        "Add the person's public key to the allowed signers, or take the person out of the policy.",
        "byok policy adopt --policy policy.yaml --allowed-signers allowed_signers\nerror: bob has no key in the allowed signers that the policy has not revoked [E0308]";
    EXAMPLE = 9, "an example of the policy does not hold",
        "`byok policy test` ran the examples that stand beside the rules. At least one of them is decided otherwise than it says.",
        "An example says what its author meant. Rules that decide otherwise permit what nobody wanted, or stop what everybody needs.",
        "The output names each example with its line, and the rule that decided with its own. Correct the rule, or the example.",
        "byok policy test policy.yaml\nerror: 1 of 2 examples of policy.yaml does not hold [E0309]";
}
