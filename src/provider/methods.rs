//! Which methods come into question: what was typed, what the answer names, what the provider takes, what fits.

use super::{Accept, Challenge, Provider};
use crate::key::method::WrapMethod;
use crate::key::spec::KeySpec;
use crate::wrap::length::{LengthError, check_fits};

/// Why no method is left.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum MethodError {
    /// Neither byok's spelling nor the provider's.
    #[error("{provider} has no method {typed:?}; for {spec} keys it takes {}", .takes.join(", "))]
    Unknown {
        /// Provider id.
        provider: &'static str,
        /// As typed.
        typed: String,
        /// The key type.
        spec: KeySpec,
        /// The methods for it, as they are typed.
        takes: Vec<String>,
    },
    /// A method, but not for this provider and type.
    #[error("{provider} does not take {method} for {spec} keys; it takes {}", .takes.join(", "))]
    NotTaken {
        /// Provider id.
        provider: &'static str,
        /// What was named, as it is typed.
        method: String,
        /// The key type.
        spec: KeySpec,
        /// The methods for it, as they are typed.
        takes: Vec<String>,
    },
    /// The answer does not name the method, and guessing would be found out only after the import.
    #[error("method not named")]
    Required {
        /// Why it must be typed.
        why: &'static str,
        /// Every method of the provider, in its own words.
        choices: Vec<String>,
        /// The key type.
        spec: KeySpec,
        /// Those that take such a key under this wrapping key.
        fitting: Vec<String>,
    },
    /// The answer is for another method than the one that was typed.
    #[error("the provider's answer is for {answer}, not for {typed}")]
    Contradiction {
        /// What was typed.
        typed: String,
        /// What the answer says, as it is typed.
        answer: String,
    },
    /// The provider's own word for the method says another size than the wrapping key has.
    #[error("{typed} is for a wrapping key of {said} bits, and this one has {found}")]
    Size {
        /// As typed, one of the provider's words.
        typed: String,
        /// The size that it says, in bits.
        said: u32,
        /// The size of the wrapping key, in bits.
        found: usize,
    },
    /// OAEP cannot hold a key of this type under this wrapping key.
    #[error("{overrun}")]
    DoesNotFit {
        /// The arithmetic.
        overrun: LengthError,
        /// The best of the provider's methods that do fit, as it is typed.
        fitting: Option<String>,
    },
}

/// The methods to choose from: the one that was typed or that the answer names, else all that fit.
///
/// # Errors
/// [`MethodError`].
pub fn choose(
    provider: &'static Provider,
    accept: &'static Accept,
    typed: Option<&str>,
    challenge: &Challenge,
) -> Result<Vec<WrapMethod>, MethodError> {
    let (spec, takes) = (accept.spec, accept.methods);
    let fits = |method: WrapMethod| check_fits(method, challenge.modulus.len(), spec);
    let fitting = || takes.iter().copied().filter(|method| fits(*method).is_ok()).collect::<Vec<_>>();
    let bits = u32::try_from(challenge.bits()).ok();
    let spelled = |method: WrapMethod| provider.to_type(method, bits);
    let words = || takes.iter().copied().map(spelled).collect::<Vec<_>>();
    let does_not_fit = |overrun| MethodError::DoesNotFit { overrun, fitting: fitting().into_iter().max().map(spelled) };
    let named = match typed {
        None => None,
        Some(text) => Some(provider.method_named(text).ok_or_else(|| {
            let typed = text.to_owned();
            MethodError::Unknown { provider: provider.id, typed, spec, takes: words() }
        })?),
    };
    if let Some((typed, said)) = typed.and_then(|text| provider.spelled_bits(text).map(|said| (text, said))) {
        let found = challenge.bits();
        if usize::try_from(said) != Ok(found) {
            return Err(MethodError::Size { typed: typed.to_owned(), said, found });
        }
    }
    let method = match (named, challenge.method) {
        (Some(typed), Some(answer)) if typed != answer => {
            return Err(MethodError::Contradiction { typed: spelled(typed), answer: spelled(answer) });
        }
        (Some(method), _) | (None, Some(method)) => method,
        (None, None) if fitting().is_empty() => {
            return takes.iter().try_for_each(|method| fits(*method)).map(|()| Vec::new()).map_err(does_not_fit);
        }
        (None, None) => {
            let fitting = fitting();
            return match provider.method_unnamed {
                Some(why) => Err(required(provider, why, accept.spec, &fitting, challenge)),
                None => Ok(fitting),
            };
        }
    };
    if !takes.contains(&method) {
        return Err(MethodError::NotTaken { provider: provider.id, method: spelled(method), spec, takes: words() });
    }
    fits(method).map_err(does_not_fit)?;
    Ok(vec![method])
}

fn required(
    provider: &Provider,
    why: &'static str,
    spec: KeySpec,
    fitting: &[WrapMethod],
    challenge: &Challenge,
) -> MethodError {
    let mut choices: Vec<WrapMethod> = provider.accepts.iter().flat_map(|row| row.methods).copied().collect();
    choices.sort_unstable();
    choices.dedup();
    let bits = u32::try_from(challenge.bits()).ok();
    let spelled = |methods: &[WrapMethod]| methods.iter().map(|m| provider.spelling_under(*m, bits)).collect();
    MethodError::Required { why, choices: spelled(&choices), spec, fitting: spelled(fitting) }
}
