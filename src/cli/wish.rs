//! What people say of a new key, whether it is made or put in.

use std::collections::BTreeMap;

use super::codes::usage;
use super::failure::{Failure, Outcome};
use crate::key::name::KeyName;
use crate::key::spec::{KeySpec, Purpose};
use crate::ops::birth::Wish;

/// Purpose, owner and attributes of a new key.
#[derive(clap::Args, Debug)]
pub(super) struct WishArgs {
    /// What the key does: encrypt, mac, sign or wrap [default: aes encrypt, hmac mac, all others sign]
    #[arg(long)]
    purpose: Option<Purpose>,
    /// Who answers for the key
    #[arg(long, value_parser = parse_owner)]
    owner: Option<String>,
    /// A free attribute; may be repeated
    #[arg(long = "attribute", value_name = "K=V", value_parser = parse_attribute)]
    attributes: Vec<(String, String)>,
}

impl WishArgs {
    /// What a plan says of a key.
    pub(super) fn of(purpose: Purpose, owner: Option<String>, attributes: BTreeMap<String, String>) -> Self {
        Self { purpose: Some(purpose), owner, attributes: attributes.into_iter().collect() }
    }

    /// All of it, for a key of this name and type.
    pub(super) fn wish(&self, name: &KeyName, spec: KeySpec) -> Outcome<Wish> {
        let mut attributes = BTreeMap::new();
        for (name, value) in &self.attributes {
            if attributes.insert(name.clone(), value.clone()).is_some() {
                return Err(Failure::new(&usage::USAGE, format!("the attribute {name} is given twice")));
            }
        }
        Ok(Wish {
            name: name.clone(),
            spec,
            purpose: self.purpose.unwrap_or_else(|| spec.default_purpose()),
            owner: self.owner.clone(),
            attributes,
        })
    }
}

fn parse_owner(text: &str) -> Result<String, &'static str> {
    if is_plain(text) { Ok(text.to_owned()) } else { Err("an owner has 1 to 256 bytes and no control characters") }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)
}

fn parse_attribute(text: &str) -> Result<(String, String), &'static str> {
    let (name, value) = text.split_once('=').ok_or("an attribute is K=V")?;
    if is_plain(name) && is_plain(value) {
        Ok((name.to_owned(), value.to_owned()))
    } else {
        Err("an attribute's name and value have 1 to 256 bytes and no control characters")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_one_line_of_text() {
        assert_eq!(parse_owner("team payments"), Ok("team payments".to_owned()));
        for bad in ["", "a\nb", &"a".repeat(257)] {
            assert!(parse_owner(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn attributes_have_a_name_and_a_value() {
        assert_eq!(parse_attribute("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        for bad in ["a", "=b", "a=", "a=\u{1b}", &format!("a={}", "b".repeat(257))] {
            assert!(parse_attribute(bad).is_err(), "{bad}");
        }
    }
}
