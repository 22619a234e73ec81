//! Exit code 4: keys, versions, states and types.

super::codes! { 4;
    NO_SUCH_KEY = 1, "no such key version",
        "The registry has no key, or no version of the key, with this name.",
        "A misspelt name must not become another key.",
        "`byok list` shows every key version.",
        "byok show payments/nothing\nerror: the registry has no key payments/nothing [E0401]";
    OBJECT_MISSING = 2, "the token has no such object",
        "The registry knows the key version, and the token has no object with its id, class and type.",
        "The token is another one, or the key is gone. A key of the same label with another id is not the key.",
        "Check --token: another token may be meant. If the object is lost, the registry's manifests still say what it was, and `byok revoke NAME@N --stage compromise --absent --reason key-compromise` (or suspend, deactivate, destroy) records what became of it without reading it.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem\nerror: the token has no secret key of the type 0x1f with the id 6f9d01c4b2a84ce1b7f0a3d25e98b417 [E0402]";
    OBJECT_DOUBLED = 3, "several objects where one is expected",
        "Objects are found by id, class and type, and labels are unique. There is another match than the one that byok made, or expects.",
        "Something else wrote to the token. If byok guessed which object is meant, a planted key could take the place of yours.",
        "Compare the objects that the error lists, and remove the foreign one with the vendor's tool.",
        "byok generate web/api --type aes-256\nerror: the token already has an object with the label web/api@1 [E0403]";
    EXISTS = 4, "the key exists already",
        "The registry has a key of this name. The first version is made once.",
        "Two keys of one name could not be told apart in the log, the manifests and the clouds.",
        "Choose another name. `byok show NAME` shows what is there.",
        "byok generate payments/kek --type aes-256\nerror: the registry already has payments/kek@1 [E0404]";
    TYPE_NOT_TAKEN = 5, "the provider does not take this type",
        "The provider imports no keys of this type and purpose.",
        "The import would fail at the provider, after the key was wrapped for it.",
        "The hint lists what it takes. `byok providers show PROVIDER` has the whole table, with its source and date.",
        "byok wrap-for-import codes/k1 --out out --provider openbao --wrapping-key answer.json --target k1\nerror: openbao does not take ec-secp256k1 keys for sign [E0405]";
    STATE = 6, "the state does not allow it",
        "A key version goes through the states of NIST SP 800-57 (part 1, section 7), by commands and by the dates that are set for it. It can be wrapped in pre-activation and while it is active.",
        "A key that was withdrawn must not come into use again at another place.",
        "`byok show NAME@N` shows the state and how it came about.",
        "byok wrap-for-import payments/kek@1 --out out --provider generic --wrapping-key wrapping-key.pem\nerror: payments/kek@1 is in state suspended and cannot be wrapped [E0406]";
    CUSTODY_CHANGED = 7, "the token says something else about the key than before",
        "An attribute of the key object differs from the last manifest. byok changed nothing; something else did, or the token did not tell the truth once.",
        "The signed evidence says how the key is kept. If that is not so any more, every later claim about the key would be false.",
        "Find out who changed the object. Until then the key version is not wrapped.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem\nerror: the token says CKA_LOCAL of payments/kek@1 is false; the last manifest says true [E0407]";
    CHANGED_MEANWHILE = 8, "the key version changed in the meantime",
        "Another command changed it between the check and the lock.",
        "What you saw, or agreed to, was another state than the one that the command would have worked on.",
        "Look at the new state with `byok show`, then repeat the command.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem\nerror: payments/kek@1 was changed by another command in the meantime [E0408]";
    ANOTHER_KEY = 9, "an interrupted import put another key in",
        "A run that was cut short has put a key of this name in, recovery has taken it over, and it is not the key that is imported now.",
        "Recovery has no file to compare with. The registry now has a key version that nobody may have meant.",
        "`byok show NAME` shows it. Import this key under another name.",
        "byok import payments/old other.bin --type aes-256\nerror: payments/old@1 was put in by an interrupted run, and it is another key than this one [E0409]";
    CANNOT_UNWRAP = 10, "the key cannot unwrap",
        "--unwrapping-key names a key version that is no RSA pair for the purpose wrap.",
        "A key does one thing (NIST SP 800-57 part 1, section 5.2). A token lets a key unwrap others only when it was made for that.",
        "Make such a pair, give its public half to the sender, and have the key wrapped for it.",
        "byok import payments/sent sent.bin --type aes-256 --unwrapping-key web/tls --method rsa-oaep-sha1\nerror: web/tls@1 cannot unwrap: it is no RSA key for the purpose wrap [E0410]";
    SEALED = 11, "the key is sealed",
        "CKA_EXTRACTABLE of the key was cleared after its last wrap, and no token sets it again.",
        "That the key cannot leave the token any more is what sealing is for. A provider that loses its copy, or wants it again, cannot be served.",
        "`byok show NAME@N` says when it was sealed. Wrap another key, or another version.",
        "byok wrap-for-import payments/kek --out out --provider generic --wrapping-key wrapping-key.pem\nerror: payments/kek@1 is sealed: its token does not give it out any more [E0411]";
    CLOCK = 12, "the clock runs behind the evidence",
        "The last manifest of the key version, or the last signed entry of the log, was made at a later time than this host's clock shows now. Ten seconds are allowed between hosts that write one log.",
        "The order of what happened to a key is part of the evidence. A manifest that says that it was made before its predecessor proves nothing, and under a clock that was set back plans and approvals that have expired would be good again.",
        "Set the clock of this host. If it is right, the host that made the last manifest had a wrong one: wait until its time has come.",
        "byok suspend payments/kek --reason superseded\nerror: this host's clock says 2026-11-21T09:00:00Z, and the last manifest of payments/kek@1 was made at 2026-11-22T10:00:00Z [E0412]";
    NOT_WRAPPED = 13, "the key was never wrapped for this provider",
        "The registry has no bundle of this key version for the provider that was named.",
        "What a provider has under another name, or from another source, is not the key that this evidence is about.",
        "`byok show NAME@N` says for whom it was wrapped. Check --provider and the version.",
        "byok confirm-import payments/mac@1 --provider openbao --evidence key.json\nerror: payments/mac@1 was never wrapped for openbao [E0413]";
    NEVER_IN_USE = 14, "the key was never in use",
        "The newest version of the key is in pre-activation, and no rotation made it: there is nothing yet that a new version could replace. `rotate --all`, `--due` and `--where` leave such keys out.",
        "A rotation replaces a key that protects data. Another version of one that protects none would be a key that nobody asked for.",
        "Bring the version into use, with `byok activate` or, after an import, with `byok confirm-import`. A first version is wrapped with `byok wrap-for-import`.",
        "byok rotate payments/kek\nerror: payments/kek@1 was never in use: there is nothing to rotate [E0414]";
    CANARIES_WAIT = 15, "the rest of a rotation waits for its canaries",
        "The run was begun with --canary, and a new version of these keys is not in use yet: no provider's answer about it was read.",
        "Canaries go first so that a mistake is found in a few keys. To go on without having seen that they work would be to rotate all keys at once.",
        "Import the canaries, and confirm each with `byok confirm-import`. Then `byok rotate --continue` does the rest.",
        "byok rotate --continue\nerror: 1 of the run's canaries is not in use yet [E0415]\ncause: payments/kek@2";
    NO_RUN = 16, "no rotation is open",
        "A run is a rotation of several keys. It is open until every key was looked at; then there is nothing to go on with.",
        "A script that goes on with what is not there would hide that nothing was done.",
        "`byok list` shows the versions. Name the keys to begin a rotation.",
        "byok rotate --continue\nerror: no run is open [E0416]";
    NO_TARGET = 17, "no target leads where the key is",
        "The newest version of the key was wrapped for a provider, or was seen there, and no target of byok.yaml that takes the key leads there. Nothing was made.",
        "The new version would be in use without being where the old one is used. The old one would then be taken for replaced, and be ended there.",
        "Add a target for that place to byok.yaml, or mend the one whose provider, name, mount or keys do not fit.",
        "byok rotate payments/kek\nerror: payments/kek@1 is at openbao kek, and no target of byok.yaml leads there [E0417]";
    SHARED_PLACE = 18, "two keys would go to one place",
        "The name that the target has for this key on the provider's side is the name that it has for another key of the registry. Or the provider's answer is for one key there, as every answer of AWS is, and another key was wrapped for that one, or would go there in the same run. Nothing was made for this key.",
        "What was imported of one would be a version of the other there: data of the one would be encrypted under the other, and revoking one would end both.",
        "Write the target with {name}, or let it take only keys whose last parts differ; `payments/*` is one level. For AWS, ask for an answer about a key of its own for each key, and put it at DIR/NAME/TARGET.json.",
        "byok rotate payments/kek\nerror: target eu sends payments/kek and payments/us/kek to one key, kek [E0418]";
    CANARIES_FAILED = 19, "the canaries of a rotation went bad",
        "The run was begun with --canary, and the new version of these keys was compromised, deactivated or destroyed, or no rotation made it. The rest of the run does not go on.",
        "Canaries go first so that a mistake is found in a few keys. Here one was found.",
        "Find out what went wrong. `byok rotate --continue --abandon` ends the run and says so in the log: the versions that it made stay as they are. Then begin another rotation.",
        "byok rotate --continue\nerror: 1 of the run's canaries went bad [E0419]\ncause: payments/kek@4: compromised";
}
