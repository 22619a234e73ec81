//! Resource names of Google Cloud KMS: import jobs and keys, which share a key ring.

/// `projects/P/locations/L/keyRings/R/importJobs/J` or `.../cryptoKeys/K`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Name<'a> {
    /// Where it is.
    pub(super) ring: KeyRing<'a>,
    /// The last part.
    pub(super) id: &'a str,
}

/// `projects/P/locations/L/keyRings/R`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct KeyRing<'a> {
    pub(super) project: &'a str,
    pub(super) location: &'a str,
    pub(super) ring: &'a str,
}

pub(super) const IMPORT_JOBS: &str = "importJobs";
pub(super) const CRYPTO_KEYS: &str = "cryptoKeys";

impl<'a> Name<'a> {
    pub(super) fn parse(text: &'a str, collection: &str) -> Option<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let [projects, project, locations, location, rings, ring, kind, id] = *parts.as_slice() else { return None };
        let good = (projects, locations, rings, kind) == ("projects", "locations", "keyRings", collection)
            && is_project(project)
            && is_location(location)
            && is_id(ring)
            && is_id(id);
        good.then_some(Self { ring: KeyRing { project, location, ring }, id })
    }
}

impl KeyRing<'_> {
    /// The full name of a key in it.
    pub(super) fn key(&self, id: &str) -> String {
        let Self { project, location, ring } = self;
        format!("projects/{project}/locations/{location}/keyRings/{ring}/{CRYPTO_KEYS}/{id}")
    }
}

/// The API's `[a-zA-Z0-9_-]{1,63}`; a dash first would be an option of the CLI.
pub(super) fn is_id(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    (1..=63).contains(&text.len()) && !text.starts_with('-') && text.chars().all(word)
}

/// A project id of 6 to 30 characters, with its domain where it has one (`example.com:project`), or a project number.
fn is_project(text: &str) -> bool {
    let (domain, id) = text.split_once(':').map_or((None, text), |(domain, id)| (Some(domain), id));
    let number = domain.is_none() && id.len() <= 20 && !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    domain.is_none_or(is_domain) && (number || is_project_id(id))
}

fn is_project_id(text: &str) -> bool {
    let lower = |c: char| c.is_ascii_lowercase();
    (6..=30).contains(&text.len())
        && text.starts_with(lower)
        && !text.ends_with('-')
        && text.chars().all(|c| lower(c) || c.is_ascii_digit() || c == '-')
}

fn is_domain(text: &str) -> bool {
    text.len() <= 253 && text.contains('.') && text.split('.').all(|label| label.len() <= 63 && is_label(label))
}

/// `global`, `europe-west3`, `eur4`, `nam-eur-asia1`.
fn is_location(text: &str) -> bool {
    text.len() <= 63 && text.starts_with(|c: char| c.is_ascii_lowercase()) && is_label(text)
}

fn is_label(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(plain) && text.ends_with(plain) && text.chars().all(|c| plain(c) || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(project: &str, location: &str, ring: &str, id: &str) -> String {
        format!("projects/{project}/locations/{location}/keyRings/{ring}/importJobs/{id}")
    }

    #[test]
    fn full_names_are_taken_apart() {
        for project in ["my-project", "example.com:my-project", "a.b-c.example:abcdef", "123456789012"] {
            for location in ["global", "europe-west3", "eur4", "nam-eur-asia1"] {
                let text = job(project, location, "Ring_1", "job-1");
                let name = Name::parse(&text, IMPORT_JOBS).unwrap();
                assert_eq!(name, Name { ring: KeyRing { project, location, ring: "Ring_1" }, id: "job-1" });
                assert_eq!(name.ring.key("kek"), text.replace("importJobs/job-1", "cryptoKeys/kek"));
                assert_eq!(Name::parse(&text, CRYPTO_KEYS), None);
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = "a".repeat(64);
        for bad in [
            String::new(),
            "kek".to_owned(),
            format!("//cloudkms.googleapis.com/{}", job("my-project", "global", "r", "j")),
            format!("{}/", job("my-project", "global", "r", "j")),
            format!("{}/cryptoKeyVersions/1", job("my-project", "global", "r", "j")),
            job("short", "global", "r", "j"),
            job("My-project", "global", "r", "j"),
            job("my-project-", "global", "r", "j"),
            job("1my-project", "global", "r", "j"),
            job(":my-project", "global", "r", "j"),
            job("example:my-project", "global", "r", "j"),
            job("example.com:12345", "global", "r", "j"),
            job("example..com:my-project", "global", "r", "j"),
            job("my-project", "", "r", "j"),
            job("my-project", "Global", "r", "j"),
            job("my-project", "-global", "r", "j"),
            job("my-project", "global", "", "j"),
            job("my-project", "global", "-r", "j"),
            job("my-project", "global", "r", "-j"),
            job("my-project", "global", "r", "j j"),
            job("my-project", "global", "r", "j'"),
            job("my-project", "global", "r", "$(id)"),
            job("my-project", "global", "r", "ü"),
            job("my-project", "global", "r", &long),
            job("my-project", "global", &long, "j"),
        ] {
            assert_eq!(Name::parse(&bad, IMPORT_JOBS), None, "{bad:?}");
        }
    }
}
