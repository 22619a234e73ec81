//! The URL of a key, which Azure calls its kid: `https://PLACE.vault.azure.net/keys/NAME/VERSION`.
//!
//! It decides under whose key the load travels and whose CLI arguments are made of it, so nothing but exactly this
//! form is taken. The grammar and the hosts stand in
//! <https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates>.

use super::Service;

/// The hosts behind the name of a vault or HSM, their service, and the cloud as `az cloud` calls it.
const HOSTS: [(&str, Service, Cloud); 6] = [
    ("vault.azure.net", Service::KeyVault, Cloud::Public),
    ("vault.azure.cn", Service::KeyVault, Cloud::China),
    ("vault.usgovcloudapi.net", Service::KeyVault, Cloud::UsGovernment),
    ("managedhsm.azure.net", Service::ManagedHsm, Cloud::Public),
    ("managedhsm.azure.cn", Service::ManagedHsm, Cloud::China),
    ("managedhsm.usgovcloudapi.net", Service::ManagedHsm, Cloud::UsGovernment),
];

/// An Azure cloud with identities and hosts of its own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Cloud {
    /// What `az` uses when nothing was said.
    Public,
    /// Operated by 21Vianet.
    China,
    /// US Government.
    UsGovernment,
}

impl Cloud {
    /// As `az cloud set` takes it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Public => "AzureCloud",
            Self::China => "AzureChinaCloud",
            Self::UsGovernment => "AzureUSGovernment",
        }
    }
}

/// The parts of a key's URL.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct KeyUrl {
    /// Lower case.
    pub(super) host: String,
    /// The name of the vault or HSM, lower case.
    pub(super) place: String,
    pub(super) service: Service,
    pub(super) cloud: Cloud,
    /// The key's name.
    pub(super) name: String,
    /// 32 hexadecimal digits.
    pub(super) version: Option<String>,
}

impl KeyUrl {
    /// Takes a URL apart, or says which rule it breaks.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let rest = url.strip_prefix("https://").ok_or("does not start with https://")?;
        if rest.contains(['?', '#']) {
            return Err("has a query or a fragment");
        }
        let (authority, path) = rest.split_once('/').ok_or("has no path; /keys/NAME/VERSION is taken")?;
        if authority.contains('@') {
            return Err("has user-info before its host");
        }
        if authority.contains(':') {
            return Err("has a port");
        }
        let host = authority.to_ascii_lowercase();
        let (place, suffix) = host.split_once('.').ok_or(NO_HOST)?;
        let (_, service, cloud) = HOSTS.into_iter().find(|(known, ..)| *known == suffix).ok_or(NO_HOST)?;
        if !is_place_name(place) {
            return Err("has no name of a vault or HSM before its host");
        }
        let (name, version) = match path.split('/').collect::<Vec<_>>().as_slice() {
            ["keys", name] => (*name, None),
            ["keys", name, version] => (*name, Some((*version).to_owned())),
            _ => return Err("has another path than /keys/NAME/VERSION"),
        };
        if !is_key_name(name) {
            return Err("has a key name that is not 1 to 127 letters, digits and dashes");
        }
        if version.as_deref().is_some_and(|version| !is_version(version)) {
            return Err("has a version that is not 32 hexadecimal digits");
        }
        let (place, name) = (place.to_owned(), name.to_owned());
        Ok(Self { host, place, service, cloud, name, version })
    }
}

const NO_HOST: &str = "is not on a host of Azure Key Vault or Managed HSM";

/// A key's name that no command takes for an option.
pub(super) fn is_key_name(text: &str) -> bool {
    (1..=127).contains(&text.len())
        && !text.starts_with('-')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_place_name(text: &str) -> bool {
    (3..=24).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

fn is_version(text: &str) -> bool {
    text.len() == 32 && text.chars().all(|c| c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "0123456789abcdef0123456789ABCDEF";

    #[test]
    fn every_host_is_known_with_its_service_and_cloud() {
        for (host, service, cloud) in HOSTS {
            let url = KeyUrl::parse(&format!("https://My-Vault1.{}/keys/KEK-1/{VERSION}", host.to_uppercase()));
            let url = url.unwrap();
            assert_eq!((url.service, url.cloud), (service, cloud));
            assert_eq!((url.host, url.place.as_str()), (format!("my-vault1.{host}"), "my-vault1"));
            assert_eq!((url.name.as_str(), url.version.as_deref()), ("KEK-1", Some(VERSION)));
        }
        assert_eq!(KeyUrl::parse("https://abc.vault.azure.net/keys/k").unwrap().version, None);
    }

    #[test]
    fn whatever_else_looks_like_one_is_refused_with_its_rule() {
        let long_name = format!("https://abc.vault.azure.net/keys/{}/{VERSION}", "a".repeat(128));
        for (url, rule) in [
            ("", "does not start with https://"),
            ("http://abc.vault.azure.net/keys/k", "does not start with https://"),
            (" https://abc.vault.azure.net/keys/k", "does not start with https://"),
            ("HTTPS://abc.vault.azure.net/keys/k", "does not start with https://"),
            ("https://abc.vault.azure.net", "has no path"),
            ("https://abc.vault.azure.net.evil.example/keys/k", NO_HOST),
            ("https://evil.example/abc.vault.azure.net/keys/k", NO_HOST),
            ("https://abc.vault.azure.net./keys/k", NO_HOST),
            ("https://a.b.vault.azure.net/keys/k", NO_HOST),
            ("https://vault.azure.net/keys/k", NO_HOST),
            ("https://abc.vault.microsoftazure.de/keys/k", NO_HOST),
            ("https://abc.vault.azure.net\\.evil.example/keys/k", NO_HOST),
            ("https://abc.vаult.azure.net/keys/k", NO_HOST),
            ("https://localhost/keys/k", NO_HOST),
            ("https:///keys/k", NO_HOST),
            ("https://abc.vault.azure.net@evil.example/keys/k", "user-info"),
            ("https://evil.example@abc.vault.azure.net/keys/k", "user-info"),
            ("https://abc.vault.azure.net:443/keys/k", "a port"),
            ("https://abc.vault.azure.net/keys/k?x", "a query or a fragment"),
            ("https://abc.vault.azure.net/keys/k#x", "a query or a fragment"),
            ("https://evil.example#@abc.vault.azure.net/keys/k", "a query or a fragment"),
            ("https://.vault.azure.net/keys/k", "no name of a vault"),
            ("https://ab.vault.azure.net/keys/k", "no name of a vault"),
            ("https://-ab.vault.azure.net/keys/k", "no name of a vault"),
            ("https://a--b.vault.azure.net/keys/k", "no name of a vault"),
            ("https://a'b.vault.azure.net/keys/k", "no name of a vault"),
            ("https://a%62c.vault.azure.net/keys/k", "no name of a vault"),
            ("https://abc.vault.azure.net/secrets/k", "another path"),
            ("https://abc.vault.azure.net//keys/k", "another path"),
            ("https://abc.vault.azure.net/keys/k/1/2", "another path"),
            ("https://abc.vault.azure.net/Keys/k", "another path"),
            ("https://abc.vault.azure.net/keys/", "a key name"),
            ("https://abc.vault.azure.net/keys/..", "a key name"),
            ("https://abc.vault.azure.net/keys/-k", "a key name"),
            ("https://abc.vault.azure.net/keys/a_b", "a key name"),
            ("https://abc.vault.azure.net/keys/a\nb", "a key name"),
            (&long_name, "a key name"),
            ("https://abc.vault.azure.net/keys/k/", "a version"),
            ("https://abc.vault.azure.net/keys/k/latest", "a version"),
            ("https://abc.vault.azure.net/keys/k/0123456789abcdef0123456789abcdeg", "a version"),
            ("https://abc.vault.azure.net/keys/k/0123456789abcdef0123456789abcdef ", "a version"),
        ] {
            let error = KeyUrl::parse(url).unwrap_err();
            assert!(error.contains(rule), "{url}: {error}");
        }
    }
}
