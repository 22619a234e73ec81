//! Exit code 7: findings of `check`.

super::codes! { 7;
    FINDINGS = 50, "a key file has findings",
        "`byok check` found something wrong: an error, or with --strict a warning. Each finding stands in the output, with its own code.",
        "The import of such a key fails, or puts a weak or broken key to work.",
        "`byok explain F301` says what a finding means and what to do; every file was checked, the good ones too.",
        "byok check good.der weak.der missing.der\nerror: findings in 2 of 3 files [E0750]";
}
