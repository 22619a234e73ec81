//! Commands that are planned and plans that are applied meet the command's own code here.

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;

use crate::approval::plan::{Action, is_plan_text};
use crate::cli::codes::{apply as codes, usage};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::policy::request::{Permit, Requirement};

/// What a command would do, taken down by its own checks.
#[derive(Debug, Default)]
pub(in crate::cli) struct Draft {
    action: RefCell<Option<Action>>,
    permit: RefCell<Option<Permit>>,
}

impl Draft {
    /// What the policy says of it.
    pub(in crate::cli) fn permitted(&self, permit: Option<Permit>) {
        self.permit.replace(permit);
    }

    /// The approvals of all that the command does together.
    pub(in crate::cli) fn needs(&self, approvals: Option<Requirement>) {
        if let Some(permit) = self.permit.borrow_mut().as_mut() {
            permit.approvals = approvals;
        }
    }

    /// The action, once the command has told it, and what the policy says of it.
    pub(in crate::cli) fn finish(self) -> (Option<Action>, Option<Permit>) {
        (self.action.into_inner(), self.permit.into_inner())
    }
}

impl Shell<'_> {
    /// For a command that can be planned, when everything that needs no PIN was checked. With `plan` the action is taken
    /// down, and the command ends here: true. With `apply` it must be the one in the plan.
    ///
    /// # Errors
    /// An action that is not the one in the plan.
    pub(in crate::cli) fn is_planned(&self, action: impl FnOnce() -> Outcome<Action>) -> Outcome<bool> {
        if let Some(draft) = &self.draft {
            draft.action.replace(Some(action()?));
            return Ok(true);
        }
        let Some(agreed) = &self.agreed else { return Ok(false) };
        if action()? == *agreed {
            return Ok(false);
        }
        Err(Failure::new(&codes::OTHER_ACTION, "what would be done is not what the plan says")
            .cause("the command comes to something else than when the plan was made")
            .hint("byok plan COMMAND ARGS... --out FILE   makes a new plan, to be approved again"))
    }
}

/// A path as it was typed, as text that can stand in a plan. Standard input cannot be read a second time.
pub(in crate::cli) fn path_text(path: &Path) -> Outcome<String> {
    match path.to_str() {
        Some("-") => Err(Failure::new(&usage::USAGE, "a plan names files; standard input is none")
            .hint("save it to a file, and name that")),
        Some(text) if is_plan_text(text) => Ok(text.to_owned()),
        _ => Err(Failure::new(&usage::USAGE, format!("the path {} cannot stand in a plan", path.display()))
            .cause("a plan holds UTF-8 text without control characters, and of blanks single spaces alone")),
    }
}

/// A member of a plan that this version does not understand.
pub(in crate::cli) fn unreadable(error: impl Error) -> Failure {
    Failure::new(&codes::OTHER_ACTION, "this version of byok does not understand the plan").because(Some(&error))
}
