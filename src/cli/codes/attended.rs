//! Exit code 3: what takes a person or people.

super::codes! { 3;
    DESTROY_ATTENDED = 35, "a script may not destroy a key by itself",
        "A key is destroyed by whoever types its name at a terminal, by an approved plan, or by a script where the policy lists destroy under `unattended`. --yes alone is not enough.",
        "A destroyed key does not come back. A script that was written for another key, or runs twice, must not be able to do it.",
        "Type the command at a terminal, or adopt a policy that asks for approvals of destroy, and apply an approved plan.",
        "byok revoke payments/mac --stage destroy --reason superseded --yes\nerror: --yes alone does not destroy a key, and there is no terminal to ask at [E0335]";
}
