//! What a command on a registry needs: settings, the registry, its token, who asks.

use std::path::Path;
use std::time::Duration;

use super::codes::{apply, usage};
use super::config::Settings;
use super::env::Env;
use super::failure::{Failure, Outcome};
use super::session::{self, Chosen, Opened, load_beside};
use super::shell::Shell;
use crate::approval::plan::{Action, RequiredApprovals};
use crate::audit::record::Actor;
use crate::ops::access::{Module, ModuleHashCache, Registry, TokenError, TokenIdentity, Wait, runtime};
use crate::ops::command::Workplace;
use crate::ops::govern::{Governance, Permission, Presented};
use crate::ops::object::Wanted;
use crate::ops::profile::{ProbePolicy, cached};
use crate::ops::session::{Session, Tokens};
use crate::policy::request::{Request, Requirement};

/// The runtime file for hashes of modules.
const MODULE_HASHES: &str = "modules.json";
/// How long a script waits for a lock.
const SCRIPT_WAIT: Duration = Duration::from_mins(1);
/// The longest login name that goes into the log.
const MAX_NAME: usize = 64;

/// A registry with the settings that lead to its token.
#[derive(Debug)]
pub(super) struct Workspace {
    /// Flags and byok.yaml.
    pub settings: Settings,
    /// The registry.
    pub registry: Registry,
    /// The policy in force.
    pub governance: Governance,
}

impl Workspace {
    /// Reads the settings, opens the registry, and reads the policy in force. No token is touched.
    pub(super) fn open(shell: &Shell<'_>) -> Outcome<Self> {
        let ungoverned = Self::open_to_read(shell)?;
        let named = ungoverned.settings.policy()?;
        let governance = Governance::load(&ungoverned.registry, named.as_deref())?;
        if let Some(in_force) = governance.in_force() {
            shell.detail(&format!("policy         sha256 {}", in_force.policy_sha256));
        }
        Ok(Self { governance, ..ungoverned })
    }

    /// The same for the adoption of a policy: byok.yaml may name one that is not in force yet.
    pub(super) fn open_to_adopt(shell: &Shell<'_>) -> Outcome<Self> {
        let ungoverned = Self::open_to_read(shell)?;
        let governance = Governance::load(&ungoverned.registry, None)?;
        Ok(Self { governance, ..ungoverned })
    }

    /// The one or the other, for a plan of these actions.
    pub(super) fn of_plan(shell: &Shell<'_>, actions: &[Action]) -> Outcome<Self> {
        let adopts = actions.iter().any(|action| matches!(action, Action::PolicyAdopt(_)));
        if adopts { Self::open_to_adopt(shell) } else { Self::open(shell) }
    }

    /// The same for a command that changes nothing: no policy is read, and none permits anything.
    pub(super) fn open_to_read(shell: &Shell<'_>) -> Outcome<Self> {
        let settings = Settings::load(shell.env, shell.globals)?;
        if let Some(file) = &settings.file {
            shell.detail(&format!("configuration  {}", file.display()));
        }
        let registry = Registry::open(settings.registry()?)?;
        Ok(Self { settings, registry, governance: Governance::unread() })
    }

    /// Asks the policy before the PIN is asked for. With `plan` a denial is refused, and approvals that are needed are
    /// left to the plan.
    ///
    /// # Errors
    /// A denial, or approvals that are missing.
    pub(super) fn permit(&self, shell: &Shell<'_>, request: &Request<'_>) -> Outcome<Permission> {
        let permission = match &shell.draft {
            None => {
                shell.presented.as_ref().map_or(Ok(()), |presented| self.same_approvals(request, presented))?;
                self.governance.permit(request, shell.presented.as_ref())?
            }
            Some(draft) => {
                let permit = self.governance.allows(request)?;
                let permission = permit.as_ref().map_or_else(Permission::ungoverned, Permission::to_plan);
                draft.permitted(permit);
                permission
            }
        };
        if let Some(rule) = &permission.rule {
            shell.detail(&format!("permitted by   policy.yaml:{} {} (rule \"{}\")", rule.line, rule.path, rule.name));
        }
        permission.notices.iter().for_each(|notice| shell.warn(notice));
        Ok(permission)
    }

    /// Whether a plan says what the policy asks for: that is what its people have read.
    fn same_approvals(&self, request: &Request<'_>, presented: &Presented) -> Outcome {
        let asked = self.governance.allows(request)?.and_then(|permit| permit.approvals);
        let asked = Requirement::both(asked, presented.current().and_then(Action::least_approvals));
        let said = presented.plan.required_approvals.as_ref().map(RequiredApprovals::requirement);
        if asked == said {
            return Ok(());
        }
        Err(Failure::new(&apply::OTHER_ACTION, "the plan asks for other approvals than the policy")
            .hint("byok plan COMMAND ARGS... --out FILE   makes a new plan, to be approved again"))
    }

    /// Loads the module and chooses the token; no login. Module hashes are kept in the user's
    /// runtime folder, not in the registry: who can write a registry must not choose what evidence says of a module.
    pub(super) fn choose(&self, shell: &Shell<'_>) -> Outcome<Chosen> {
        self.choose_by(shell, Module::load)
    }

    /// The same, and something else while the module is loading.
    pub(super) fn choose_beside(&self, shell: &Shell<'_>, beside: impl FnOnce()) -> Outcome<Chosen> {
        self.choose_by(shell, |path, hashes| load_beside(path, hashes, beside))
    }

    fn choose_by(
        &self,
        shell: &Shell<'_>,
        load: impl FnOnce(&Path, &mut ModuleHashCache) -> Result<Module, TokenError>,
    ) -> Outcome<Chosen> {
        let kept = runtime::read(&shell.env.runtime_directory, MODULE_HASHES);
        let before: ModuleHashCache = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
        let mut hashes = before.clone();
        let chosen = session::choose(shell, &self.settings, &mut hashes, load)?;
        let token = chosen.keys().identity();
        shell.detail(&format!(
            "token          {}, serial {}, module sha256 {}",
            token.label, token.serial, token.module_sha256
        ));
        if hashes != before
            && let Ok(bytes) = serde_json::to_vec(&hashes)
        {
            // A cache that cannot be written costs time and nothing else.
            let _ = runtime::write(&shell.env.runtime_directory, MODULE_HASHES, &bytes);
        }
        Ok(chosen)
    }

    /// Finds the evidence signer and the wanted objects on the open tokens.
    pub(super) fn session<'a>(&self, opened: &'a Opened, wanted: &[&Wanted]) -> Outcome<Session<'a>> {
        let place = self.registry.signer_place()?;
        if let Some(label) = self.settings.signer_label.as_ref().filter(|label| **label != place.key_label) {
            return Err(Failure::new(&usage::CONFIG_INVALID, "byok.yaml names another signer than the registry")
                .cause(format!("byok.yaml: {label}"))
                .cause(format!("registry: {}", place.key_label)));
        }
        let key = self.registry.signer_key()?;
        let tokens = Tokens { keys: &opened.keys, signer: opened.signer() };
        Ok(Session::open(tokens, &place, key.der(), wanted)?)
    }

    /// The workplace of a mutating command.
    pub(super) fn place<'a>(&'a self, shell: &'a Shell<'_>, probe: ProbePolicy) -> Workplace<'a> {
        Workplace {
            registry: &self.registry,
            runtime_dir: &shell.env.runtime_directory,
            wait: wait(shell),
            clock: &shell.env.now,
            actor: actor(shell.env),
            probe,
            may_destroy: shell.globals.yes,
            tell: Box::new(|done| super::recover::tell(shell, done)),
            governance: &self.governance,
            targets: &self.settings.targets,
            presented: shell.presented.as_ref(),
        }
    }

    /// Says that the token will be probed first, and why.
    pub(super) fn announce_probe(&self, shell: &Shell<'_>, token: &TokenIdentity, policy: ProbePolicy) {
        if policy == ProbePolicy::WhenNeeded
            && let Err(reason) = cached(&self.registry, token)
        {
            shell.note(&format!("probing token {}: {reason}", token.label));
        }
    }
}

/// How long to wait for locks: as told, else for ever at a terminal and a minute in a script.
pub(super) fn wait(shell: &Shell<'_>) -> Wait {
    match shell.globals.lock_timeout {
        _ if shell.globals.no_wait => Wait::None,
        Some(seconds) => Wait::For(Duration::from_secs(seconds.into())),
        None if shell.env.can_ask() => Wait::Forever,
        None => Wait::For(SCRIPT_WAIT),
    }
}

/// Who acts: the login name, as far as the environment tells one, and always the user id, which the kernel tells.
pub(super) fn actor(env: &Env) -> Actor {
    let name = login_name(env);
    let uid = env.uid;
    Actor {
        id: name.map_or_else(|| format!("uid {uid}"), |name| format!("{name} (uid {uid})")),
        host: Some(env.host.clone()),
    }
}

/// The login name, as far as the environment tells one.
fn login_name(env: &Env) -> Option<String> {
    let plain = |name: &String| name.len() <= MAX_NAME && name.chars().all(|c| c.is_ascii_graphic());
    ["LOGNAME", "USER"].iter().find_map(|variable| env.var(variable)?.into_string().ok().filter(plain))
}

/// The login name, or the user id where there is none.
pub(super) fn login(env: &Env) -> String {
    login_name(env).unwrap_or_else(|| format!("uid {}", env.uid))
}
