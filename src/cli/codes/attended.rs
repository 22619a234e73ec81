//! Exit code 3: what takes a person or people.

super::codes! { 3;
    DESTROY_ATTENDED = 35, "a script may not destroy a key by itself",
        "A key is destroyed by whoever types its name at a terminal, by an approved plan, or by a script where the policy lists destroy under `unattended`. --yes alone is not enough.",
        "A destroyed key does not come back. A script that was written for another key, or runs twice, must not be able to do it.",
        "Type the command at a terminal, or adopt a policy that asks for approvals of destroy, and apply an approved plan.",
        "byok revoke payments/mac --stage destroy --reason superseded --yes\nerror: --yes alone does not destroy a key, and there is no terminal to ask at [E0335]";
    WAITING = 36, "a waiting time is not over",
        "The policy wants a key version to be suspended for a time before it is deactivated, or deactivated or compromised before it is destroyed (`grace`).",
        "Whoever depends on the key without anybody knowing notices while it can still be taken back.",
        "Wait, or go through the stage before. In an emergency an approved plan with --break-glass skips the waiting, and evidence says so.",
        "byok revoke web/tls@2 --stage deactivate --reason superseded --yes\nerror: web/tls@2 is not deactivated yet: people have time to notice [E0336]";
    BREAK_GLASS = 37, "two people must approve that waiting is skipped",
        "--break-glass skips waiting times, and never evidence or approvals: two distinct people must have approved the plan that says so.",
        "Waiting protects against haste and against one person alone. In an emergency a second person is the protection that is left.",
        "Make the plan with `byok plan revoke ... --break-glass`, have two people approve it, and apply it. The policy must name two people beside the plan's author, and its allowed signers a key of each; it need not ask for approvals of revoke.",
        "byok revoke web/tls@2 --stage deactivate --reason superseded --message fire --break-glass --yes\nerror: the waiting for web/tls@2 is skipped with the approvals of two people, and there are 0 [E0337]";
    NO_WAY_BACK = 38, "a script may not give up a version that providers go on with",
        "`rotate --rollback` was typed for a version that is in use, and no provider that may have it has a command that leads back to the old one. --yes alone is not enough.",
        "The new version would be given up for ever, and the providers would go on using it: nothing that they have would be in use by byok's records.",
        "Make another version with `byok rotate NAME`, or type the command at a terminal, where the version's name is asked for. An approved plan is an answer too, and so is a policy that lists revoke under `unattended`.",
        "byok rotate --rollback payments/mac --yes\nerror: --yes alone does not give payments/mac@2 up: no command leads back at near: generic [E0338]";
}
