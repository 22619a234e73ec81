//! Commands that are planned and plans that are applied meet the command's own code here.

use std::cell::RefCell;

use crate::approval::plan::Action;
use crate::cli::codes::apply as codes;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::shell::Shell;
use crate::policy::request::Permit;

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
