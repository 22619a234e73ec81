//! Exit code 3: approvals that do not count.

super::codes! { 3;
    DOES_NOT_COUNT = 11, "the approval does not count",
        "An approval counts when a person of the adopted policy signed exactly this plan, in the namespace that it needs, with a key that the allowed signers name for them, that is valid now and not revoked. The error says which of these does not hold. Nothing was stored.",
        "An approval that does not count is no protection, and would only come to light when the plan is applied.",
        "The error says what stands in the way. Who may approve is decided by the adopted policy and its allowed signers: `byok policy adopt` changes them.",
        "byok approve plan.json --key mallory --yes\nerror: the key SHA256:2bHMJxUO0G9n8Wc3yyyN3cY0KDzcZNVQ0YmHyTr6Q2A is not in the allowed signers, so its approval would not count [E0311]";
    NONE_NEEDED = 12, "no approval is needed",
        "The plan says that the policy asks for no approvals of what it does. Nothing was signed.",
        "A signature that nobody asks for would stand in no evidence.",
        "Apply the plan.",
        "byok approve plan.json --key id_ed25519 --yes\nerror: the policy asks for no approvals of this [E0312]";
    NOBODY = 13, "nobody can approve here",
        "Who may approve stands in the adopted policy and its allowed signers, and this registry has adopted none. Nothing was signed.",
        "Without them every key would be as good as any other.",
        "Adopt a policy, or pass the plan's own registry with --registry.",
        "byok approve plan.json --key id_ed25519 --yes\nerror: this registry has adopted no policy, so nobody is named whose approval counts [E0313]";
    NOT_SIGNED = 14, "ssh-keygen did not sign",
        "The program ended without a signature: a wrong passphrase, an agent without the key, a device that nobody touched, or a key file that others can read. What it said stands above the error. Nothing was stored.",
        "An approval is a signature that others can check; without one there is no approval.",
        "Remove the cause and repeat the command. A public key file is signed for by ssh-agent: `ssh-add -l` lists its keys.",
        "byok approve plan.json --key alice.pub --yes\nerror: ssh-keygen did not sign [E0314]";
}
