//! The limits of one rule, each with its own refusal.

use jiff::Timestamp;

use super::decide::denied;
use super::document::{ProviderRule, Rotation, Rule, WrappingKeys};
use super::pattern;
use super::period::Period;
use super::reader::{Placed, join};
use super::request::{Denial, KeyFacts, Request, WrapFacts};
use crate::format::escape::{SHORT, printable};
use crate::key::operation::Operation;

/// A request in the eyes of the rule that decides.
#[derive(Debug)]
pub(super) struct Limits<'a> {
    pub(super) rule: &'a Rule,
    /// Which rule, from 0.
    pub(super) index: usize,
    pub(super) request: &'a Request<'a>,
    pub(super) key: &'a KeyFacts<'a>,
    /// A request that says nothing of a wrap is about any wrap that the rule permits.
    pub(super) any_wrap: bool,
}

/// Whether an operation makes a key or brings it into use. What ends or narrows a use is limited by freeze windows and
/// approvals alone: a key that breaks a rule must still be suspended.
pub(super) fn is_use(operation: Operation) -> bool {
    match operation {
        Operation::Activate
        | Operation::ConfirmImport
        | Operation::Generate
        | Operation::Import
        | Operation::Reinstate
        | Operation::Rotate
        | Operation::WrapForImport => true,
        Operation::Destroy
        | Operation::PolicyAdopt
        | Operation::Recover
        | Operation::ReplaceSigner
        | Operation::Revoke
        | Operation::Seal
        | Operation::Suspend => false,
    }
}

/// Whether an operation stops a key and takes nothing away for ever: it is permitted for a key that no rule matches.
pub(super) fn only_stops(operation: Operation) -> bool {
    operation.is_on_keys() && !is_use(operation) && operation != Operation::Destroy
}

impl Limits<'_> {
    /// Everything that the rule limits; what a person should know where it is kept.
    pub(super) fn check(&self) -> Result<Vec<String>, Denial> {
        if !is_use(self.request.operation) {
            return Ok(Vec::new());
        }
        self.kind()?;
        self.owner()?;
        self.exposure()?;
        self.wrap()?;
        let mut notices = Vec::new();
        self.life(&mut notices)?;
        self.rotation(&mut notices)?;
        Ok(notices)
    }

    fn kind(&self) -> Result<(), Denial> {
        let KeyFacts { spec, purpose, .. } = self.key;
        if let Some(types) = self.rule.types.as_ref().filter(|types| !types.value.contains(spec)) {
            return Err(self.not_among("types", types, "type", &spec.to_string(), &join(&types.value)));
        }
        match self.rule.purposes.as_ref().filter(|purposes| !purposes.value.contains(purpose)) {
            Some(purposes) => {
                Err(self.not_among("purposes", purposes, "purpose", &purpose.to_string(), &join(&purposes.value)))
            }
            None => Ok(()),
        }
    }

    fn not_among<T>(&self, path: &str, at: &Placed<T>, what: &str, value: &str, known: &str) -> Denial {
        let value = printable(value, SHORT);
        let why = format!("{what} {value} is not among {known}");
        denied(self.rule, self.index, (path, at), why, format!("{what}: {known}"))
    }

    fn owner(&self) -> Result<(), Denial> {
        let required = self.rule.owner_required.as_ref().filter(|required| required.value);
        let Some(required) = required.filter(|_| self.key.owner.is_none_or(str::is_empty)) else { return Ok(()) };
        let why = "the key has no owner, and an owner is required".to_owned();
        Err(denied(self.rule, self.index, ("owner-required", required), why, "--owner NAME".to_owned()))
    }

    fn exposure(&self) -> Result<(), Denial> {
        let ceiling = &self.rule.exposure;
        if self.key.exposure <= ceiling.value {
            return Ok(());
        }
        let why = format!("exposure {} is worse than {}", self.key.exposure, ceiling.value);
        let way = format!("a way whose exposure is {} at worst: another method, provider or token", ceiling.value);
        Err(denied(self.rule, self.index, ("exposure", ceiling), why, way))
    }

    fn wrap(&self) -> Result<(), Denial> {
        let Some(wrap) = &self.request.wrap else { return self.wrap_unknown() };
        if let Some(providers) = &self.rule.providers {
            let Some(provider) = providers.value.get(wrap.provider) else {
                let known: Vec<&String> = providers.value.keys().collect();
                return Err(self.not_among("providers", providers, "provider", wrap.provider, &join(&known)));
            };
            self.provider(wrap, provider)?;
        }
        self.rule.wrapping_keys.as_ref().map_or(Ok(()), |keys| self.wrapping_key(wrap, keys))
    }

    /// A rule that limits wraps takes none that says nothing of itself.
    fn wrap_unknown(&self) -> Result<(), Denial> {
        let asked = !self.any_wrap && self.request.operation == Operation::WrapForImport;
        let Some(providers) = self.rule.providers.as_ref().filter(|_| asked) else {
            return Ok(());
        };
        let why = "the wrap names no provider".to_owned();
        let known: Vec<&String> = providers.value.keys().collect();
        Err(denied(self.rule, self.index, ("providers", providers), why, format!("provider: {}", join(&known))))
    }

    fn provider(&self, wrap: &WrapFacts<'_>, rule: &ProviderRule) -> Result<(), Denial> {
        let path = |field: &str| format!("providers.{}.{field}", wrap.provider);
        self.listed(&path("accounts"), rule.accounts.as_ref(), "account", wrap.account)?;
        // While the token's profile is not known, the method is not either; it is asked for again.
        match rule.methods.as_ref().zip(wrap.method).filter(|(methods, method)| !methods.value.contains(method)) {
            Some((methods, method)) => {
                Err(self.not_among(&path("methods"), methods, "method", &method.to_string(), &join(&methods.value)))
            }
            None => Ok(()),
        }
    }

    fn wrapping_key(&self, wrap: &WrapFacts<'_>, rule: &WrappingKeys) -> Result<(), Denial> {
        let fingerprint = Some(wrap.wrapping_key_sha256);
        self.listed("wrapping-keys.fingerprints", rule.fingerprints.as_ref(), "wrapping key", fingerprint)?;
        self.listed("wrapping-keys.accounts", rule.accounts.as_ref(), "account of the wrapping key", wrap.account)?;
        self.listed("wrapping-keys.hosts", rule.hosts.as_ref(), "host of the wrapping key", wrap.host)?;
        self.resource(wrap, rule)?;
        let Some(pin) = rule.pin_required.as_ref().filter(|pin| pin.value && !wrap.pinned) else { return Ok(()) };
        let why = "the wrapping key is not pinned, and a pin is required".to_owned();
        let way = "--wrapping-key-sha256 HEX, compared with the provider over another channel".to_owned();
        Err(denied(self.rule, self.index, ("wrapping-keys.pin-required", pin), why, way))
    }

    fn resource(&self, wrap: &WrapFacts<'_>, rule: &WrappingKeys) -> Result<(), Denial> {
        let (path, what) = ("wrapping-keys.resources", "resource of the wrapping key");
        let Some(resources) = &rule.resources else { return Ok(()) };
        match wrap.resource {
            Some(resource) if resources.value.iter().any(|wanted| pattern::matches(wanted, resource)) => Ok(()),
            other => self.listed(path, Some(resources), what, other),
        }
    }

    /// A value that has to be in a list, when the rule has one. One that nobody named is in none.
    fn listed(
        &self,
        path: &str,
        list: Option<&Placed<Vec<String>>>,
        what: &str,
        value: Option<&str>,
    ) -> Result<(), Denial> {
        let Some(list) = list else { return Ok(()) };
        match value {
            Some(value) if list.value.iter().any(|wanted| wanted == value) => Ok(()),
            Some(value) => Err(self.not_among(path, list, what, value, &join(&list.value))),
            None => {
                let known = join(&list.value);
                let why = format!("the {what} is not named, and only {known} is permitted");
                Err(denied(
                    self.rule,
                    self.index,
                    (path, list),
                    why,
                    format!("an answer or a --target that names the {what}"),
                ))
            }
        }
    }

    pub(super) fn wrapping_key_listed(&self) -> bool {
        let keys = self.rule.wrapping_keys.as_ref().and_then(|keys| keys.fingerprints.as_ref());
        let wrap = self.request.wrap.as_ref();
        keys.zip(wrap).is_some_and(|(keys, wrap)| keys.value.iter().any(|key| key == wrap.wrapping_key_sha256))
    }

    fn life(&self, notices: &mut Vec<String>) -> Result<(), Denial> {
        let (Some(life), Some(made)) = (&self.rule.life, self.key.made_at) else { return Ok(()) };
        let Some(end) = life.value.after(made) else { return Ok(()) };
        let last = with_grace(end, self.rule.grace.life);
        if self.request.now >= last {
            let why = format!("the key's longest life of {} ended {end:.0}", life.value);
            return Err(denied(
                self.rule,
                self.index,
                ("life", life),
                why,
                format!("byok generate {} --type {}", self.key.name, self.key.spec),
            ));
        }
        if let Some(stop) = self.key.protect_stop.filter(|stop| *stop > end) {
            let why =
                format!("the key is to protect until {stop:.0}, but its longest life of {} ends {end:.0}", life.value);
            return Err(denied(
                self.rule,
                self.index,
                ("life", life),
                why,
                format!("--protect-stop {end:.0}, or an earlier one"),
            ));
        }
        if self.request.now >= end {
            notices.push(format!("the key's longest life ended {end:.0}; permitted until {last:.0}"));
        }
        Ok(())
    }

    fn rotation(&self, notices: &mut Vec<String>) -> Result<(), Denial> {
        let (Some(rotation), Some(made)) = (&self.rule.rotation, self.key.made_at) else { return Ok(()) };
        let Rotation { at, every, overlap } = rotation;
        let Some(due) = every.after(made) else { return Ok(()) };
        let last = with_grace(with_grace(due, *overlap), self.rule.grace.rotation);
        if self.request.now >= last {
            let why = format!("a new version was due {due:.0}, and the overlap ended {last:.0}");
            let placed = Placed { value: (), at: *at };
            return Err(denied(
                self.rule,
                self.index,
                ("rotation", &placed),
                why,
                format!("byok generate {} --type {}", self.key.name, self.key.spec),
            ));
        }
        if self.request.now >= due {
            notices
                .push(format!("a new version of the key is due since {due:.0}; this one is permitted until {last:.0}"));
        }
        Ok(())
    }
}

fn with_grace(end: Timestamp, grace: Option<Period>) -> Timestamp {
    grace.map_or(end, |grace| grace.after(end).unwrap_or(Timestamp::MAX))
}
