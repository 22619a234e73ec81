//! Exit code 4: a key version that cannot be revoked so.

super::codes! { 4;
    STILL_IN_USE = 20, "the key version is still in use",
        "A key version is destroyed only when it is out of use: deactivated, compromised, or never taken into use.",
        "What was encrypted under a destroyed key is lost for ever, and so is what still verifies against it.",
        "Take it out of use first, stage by stage, and give those who use it time to notice. The hints say how.",
        "byok revoke web/tls --stage destroy --reason superseded\nerror: web/tls@1 is active: a key version is destroyed only when it is out of use [E0420]";
    ON_ANOTHER_TOKEN = 21, "the key is on another token",
        "The manifest names another token than the one that is open.",
        "That a token has no such object says nothing when it is the wrong token. The manifest would call a key destroyed that is there.",
        "Name the token with --token, or in byok.yaml.",
        "byok revoke payments/mac --stage destroy --reason superseded\nerror: payments/mac@1 is on the token with the serial 9cd5c1df8f6d1a3e; this one has 8d18a1b2c3d4e5f6 [E0421]";
    FOREIGN_OBJECT = 22, "another object goes by the key's name",
        "The token has an object with the key's id or label that is not one of the key's objects. Nothing was destroyed.",
        "byok destroys what the manifest names and nothing else, and says that a key is gone only when nothing is left under its id and its label.",
        "Compare the objects that the error lists, and remove the foreign one with the vendor's tool.",
        "byok revoke payments/mac --stage destroy --reason superseded\nerror: the token has an object with the id or the label of payments/mac@1 that is not the key [E0422]";
    DEPENDED_ON = 23, "something still depends on the key version",
        "A replacement is not in use yet, an overlap is not over, or nobody said that the data keys under the version were encrypted anew.",
        "A key that goes too early takes data and services with it. What depends on a version is known from its manifests, and from what people said.",
        "Finish what the causes name. Data keys that were encrypted anew are recorded with `byok rotate --mark-rewrapped`. In an emergency an approved plan with --break-glass passes them over, and evidence says so.",
        "byok revoke web/tls@1 --stage deactivate --reason superseded --yes\nerror: web/tls@1 is not deactivated yet: something depends on it [E0423]";
    NOT_THERE = 24, "the token does not have the key",
        "The token has no object of the key version, or no more than its public half. Nothing was destroyed and nothing was recorded.",
        "byok calls a key destroyed when it destroyed it. A token that does not show a key now may show it again tomorrow: another partition, a cluster that lags, a login that sees no private objects.",
        "Look at the token with the vendor's tool. What byok itself began and did not finish is finished by `byok recover`. Where the key is gone for good, `byok revoke NAME@N --stage destroy --absent --reason REASON` records that it was not found, and claims no more.",
        "byok revoke payments/mac --stage destroy --reason superseded\nerror: the token does not have the key of payments/mac@1: nothing was destroyed [E0424]";
}
