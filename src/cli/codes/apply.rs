//! Exit code 3: plans that may not be applied, or not any more.

super::codes! { 3;
    OTHER_REGISTRY = 20, "the plan is for another registry",
        "A plan names the log of the registry for which it was made, and this registry has another. Nothing was done.",
        "People approved it for that registry, with its keys and its policy.",
        "Pass the registry of the plan with `--registry`; `byok plan show` says for which log it was made.",
        "byok apply plan.json --registry elsewhere\nerror: the plan is for another registry [E0320]";
    EXPIRED = 21, "the plan has expired",
        "A plan is good until the time that stands in it, 30 days at most. Nothing was done.",
        "An approval is for now. What was right weeks ago may not be right any more.",
        "Make a new plan with the same arguments, and have it approved.",
        "byok apply plan.json\nerror: the plan expired at 2026-11-25T12:00:00Z [E0321]";
    NOT_YET = 22, "the plan was made in the future",
        "By the clock of this host the plan was made later than now: this clock or the one of the plan's author is wrong. Nothing was done.",
        "With a clock that runs backwards, expired plans and approvals would be good again.",
        "Set the clock of this host right, then repeat the command.",
        "byok apply plan.json\nerror: the plan was made at 2027-11-22T12:00:00Z, which is still to come [E0322]";
    BASE_CHANGED = 23, "what the plan builds on has changed",
        "A key version, the policy, its allowed signers or the log is not what it was when the plan was made. Nothing was done.",
        "People approved a change of what they saw. What it would change now, nobody has looked at.",
        "Look at the new state, make a new plan with the same arguments, and have it approved.",
        "byok apply plan.json\nerror: payments/kek@1 was changed since the plan was made [E0323]";
    INPUT_CHANGED = 24, "an input file is not the one in the plan",
        "A plan names its input files by size and SHA-256, and this file has another. Nothing was done.",
        "Another wrapping key in the file's place would send the key to somebody else.",
        "Put the file back that was planned with; or make a new plan, and have it approved.",
        "byok apply plan.json\nerror: wrapping-key.pem is not the file in the plan [E0324]";
    APPLIED = 25, "the plan was applied already",
        "The log has the success of every action of this plan. Nothing was done.",
        "People approved that it happens once.",
        "If it is to happen again, make a new plan, and have it approved.",
        "byok apply plan.json\nerror: the plan was applied already [E0325]";
    OTHER_ACTION = 26, "the plan does not say what would be done",
        "The command comes to something else than what stands in the plan, or the policy asks for other approvals than the plan says. Nothing was done.",
        "People approve what they read in a plan. What is not in it, they have not approved.",
        "Make a new plan with the same arguments, and have it approved.",
        "byok apply plan.json\nerror: the plan asks for other approvals than the policy [E0326]";
}
