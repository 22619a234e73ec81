//! The way back from a new version to the one before it, at a provider: commands where there are any, plain words where not.

use super::script::{Script, ScriptError, Word};
use crate::key::method::WrapMethod;
use crate::key::spec::{KeySpec, Purpose};

/// The name of the commands that lead back.
pub const WAY_BACK_NAME: &str = "rollback.sh";

/// What is known of the two versions at the provider.
#[derive(Clone, Copy, Debug)]
pub struct WayBackRequest<'a> {
    /// The key's type.
    pub spec: KeySpec,
    /// Its purpose, where this program knows it.
    pub purpose: Option<Purpose>,
    /// The provider's algorithm, where a manifest has it.
    pub algorithm: Option<&'a str>,
    /// The version that is given up: `NAME@N`, and where it is.
    pub new: Standing<'a>,
    /// The version before it.
    pub old: Standing<'a>,
}

/// A version at the provider, as manifests have it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// `NAME@N`
    pub id: &'a str,
    /// The key there.
    pub target: Option<&'a str>,
    /// The mount there.
    pub mount: Option<&'a str>,
    /// Its number there, as the provider's answer showed it.
    pub version: Option<&'a str>,
    /// The method of its last wrap.
    pub method: Option<WrapMethod>,
    /// The files of its last bundle, with their SHA-256.
    pub files: &'a [(String, String)],
}

/// The way back.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct WayBack {
    /// What happens, what does not, and what is left for people to do.
    pub says: Vec<String>,
    /// The commands, where the provider has any.
    pub script: Option<Vec<u8>>,
}

impl WayBack {
    /// One without commands.
    pub(super) fn none(says: &[&str]) -> Self {
        Self { says: says.iter().map(|text| (*text).to_owned()).collect(), script: None }
    }

    pub(super) fn by(says: &[&str], script: Script) -> Self {
        Self { script: Some(script.into_bytes()), ..Self::none(says) }
    }
}

impl<'a> WayBackRequest<'a> {
    /// `back from payments/kek@2 to payments/kek@1 at openbao`
    pub(super) fn title(&self, provider: &str) -> String {
        format!("back from {} to {} at {provider}", self.new.id, self.old.id)
    }

    /// A file of the old version's last bundle, when it went to the same key.
    pub(super) fn old_file(&self, name: &str) -> Option<&'a str> {
        let same = (self.old.target, self.old.mount) == (self.new.target, self.new.mount);
        let file = self.old.files.iter().find(|(known, _)| same && known == name);
        file.map(|(_, sha256)| sha256.as_str())
    }
}

/// What such a script wants.
pub(super) fn again_takes(old: &str) -> String {
    format!("{WAY_BACK_NAME} takes one argument: the folder of the last bundle of {old}, which it checks")
}

/// A script that imports a file of an earlier bundle again; its argument is the bundle's folder, and where the provider
/// counts versions up, `--after VERSION`.
pub(super) fn again(title: &str, (file, sha256): (&'static str, &str), counts_up: bool) -> Result<Script, ScriptError> {
    let mut script = Script::on_bundle(title, counts_up)?;
    script.command(0, &[Word::Own("check"), Word::Value(sha256), Word::Own(file)])?;
    Ok(script)
}
