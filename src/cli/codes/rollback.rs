//! Exit code 4: the way back from a rotation, and what is said of data keys.

super::codes! { 4;
    NOT_REPLACED = 27, "the version was not replaced",
        "`rotate --mark-rewrapped` was told that data keys under this version were encrypted anew, and no later version of the key is in use; or the version itself was never in use, or is gone. That no data is left (`--objects 0 --remaining 0`) may also be said of a version that is out of use.",
        "What is encrypted anew goes under a newer version. Without one in use, the claim would be about another key, or wrong.",
        "Name the old version, as NAME@N, once its replacement is confirmed. `byok show NAME` shows the versions.",
        "byok rotate --mark-rewrapped payments/kek@1 --objects 10\nerror: no later version than payments/kek@1 is in use: nothing can have been encrypted anew [E0427]";
    NO_ROTATION = 28, "there is no rotation to take back",
        "The newest version of the key was generated or imported, and no rotation made it in the place of an older one.",
        "A rollback leads to the version that a rotation replaced, and the manifest of the new version names it. Where nothing is named, nobody can tell what would be current.",
        "`byok show NAME` shows where the version came from. To take it out of use: `byok revoke`.",
        "byok rotate --rollback payments/kek\nerror: no rotation made payments/kek@1: there is nothing to go back to [E0428]";
    OLD_GONE = 29, "the old version cannot be current again",
        "The version that the rotation replaced, or the one before it where that was given up, is deactivated, compromised or destroyed, and no event leads from there back into use.",
        "A deactivated key protects nothing new (NIST SP 800-57 part 1, section 7.4), and what is destroyed is gone. Going back to a compromised key would undo what the rotation was for.",
        "Rotate again: the next version replaces the one that is not wanted.",
        "byok rotate --rollback payments/kek\nerror: payments/kek@1 is in state compromised: there is no way back from payments/kek@3 to it [E0429]";
    HELD_BY_CANARIES = 30, "a key waits for the canaries of another rotation",
        "A run that was begun with --canary is open, and this key is among those that wait until its canaries are in use.",
        "A rotation in other words would walk past the canaries.",
        "`byok rotate --continue` goes on with the run once its canaries are in use; `byok rotate --continue --abandon` ends it.",
        "byok rotate web/tls\nerror: web/tls waits for the canaries of a rotation that is open [E0430]\ncause: web/tls";
    GIVEN_UP = 31, "the version was given up",
        "`rotate --rollback` was typed for this version: an older one is current again. A version that was given up is neither wrapped nor brought into use, whether it had been in use before or not.",
        "Its manifest says that nothing uses it, and whoever rolled back relies on that.",
        "`byok rotate NAME` makes another version. `byok revoke NAME@N --stage destroy` ends this one.",
        "byok activate payments/kek@3\nerror: payments/kek@3 was given up for payments/kek@1: nothing brings it into use [E0431]";
    SEVERAL_RUNS = 32, "several rotations are open",
        "`rotate --continue --abandon` was typed without the id of a run, or with one that fits several, and more than one is open.",
        "Each run waits for its own canaries, and whoever ends another one ends somebody else's work.",
        "Type one of the hints: they name each run by its id. `byok status` lists what was typed for each.",
        "byok rotate --continue --abandon\nerror: 2 runs are open [E0432]";
    TARGETS_WAIT = 33, "the key waits for answers of its targets",
        "The newest version was made by a rotation and has not gone to every target, and there is no wrapping key for those that are left. Nothing was made.",
        "A further version would leave this one behind at the targets that wait. And whoever replaces a key that others know must not take this for a rotation.",
        "Give the answers with --wrapping-keys. `--again` makes a new version whatever the newest one owes; one whose period is over by the policy is replaced without it.",
        "byok rotate payments/kek\nerror: payments/kek@2 waits for the answer of eu, and nothing was made [E0433]";
}
