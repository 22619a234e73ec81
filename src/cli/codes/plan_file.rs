//! Exit code 7: files that are no plans.

super::codes! { 7;
    NO_PLAN = 92, "the file is no plan",
        "The file is not a plan of this version of byok: not strict JSON, another document, an unknown member, or a text that would act on a terminal.",
        "What people sign must be what they read, with nothing hidden in it.",
        "Make the plan with `byok plan`; a plan is never edited.",
        "byok plan show answer.json\nerror: answer.json is no plan [E0792]";
    REWRITTEN = 93, "the plan was edited or reformatted",
        "The file holds a plan, in other bytes than byok writes: it was edited, reformatted, or its line ends were changed.",
        "Approvals are over the exact bytes, so a plan has one spelling only.",
        "Use the file as `byok plan` wrote it; copy it as a binary file.",
        "byok plan show edited.json\nerror: edited.json was edited or reformatted [E0793]";
}
