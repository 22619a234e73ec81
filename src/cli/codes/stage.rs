//! Exit code 2: stages of a revocation.

super::codes! { 2;
    NO_STAGE = 56, "the stage must be named",
        "Without --stage a compromise is recorded as one, an active key version is suspended, and a suspended one is deactivated. From other states no stage follows.",
        "The stages that are left cannot be taken back, so byok does not guess which one is meant.",
        "Name the stage with --stage: suspend, deactivate, compromise or destroy.",
        "byok revoke payments/mac --reason superseded\nerror: payments/mac@1 is pre-activation, and no stage follows from that: name one [E0256]";
}
