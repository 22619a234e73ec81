//! What stands beside the key that is meant: what goes along with it, what is another's, and what would be lost.

use super::choose::what;
use crate::cli::convert::counted;
use crate::format::lint::Finding;
use crate::format::lint::rules::file::STRANGE_CERTIFICATE;
use crate::format::material::Material;
use crate::format::pkcs8::public_half;
use crate::format::reader::{Certificate, Content, Part};
use crate::format::spki::PublicKey;
use crate::format::write::NamedCertificate;

/// Everything in a file but the key that is meant.
#[derive(Debug, Default)]
pub(super) struct Beside {
    certificates: Vec<Neighbour>,
    publics: Vec<PublicKey>,
    /// Other keys, to people: there are some only where the user chose between them.
    keys: Vec<String>,
    others: Vec<String>,
}

#[derive(Debug)]
struct Neighbour {
    certificate: Certificate,
    name: Option<String>,
}

/// The same, judged by the key.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// The key's own certificate first.
    pub(super) certificates: Vec<NamedCertificate>,
    /// What no conversion keeps.
    pub(super) lost: Vec<String>,
    /// What belongs to other keys of the file.
    pub(super) unchosen: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

impl Beside {
    pub(super) fn take(&mut self, part: Part) {
        let shown = what(&part);
        match part.content {
            Content::Certificate(certificate) => {
                self.others.extend(part.beside.into_iter().map(|it| format!("{it} of a certificate")));
                self.certificates.push(Neighbour { certificate: *certificate, name: part.name });
            }
            Content::Key(Material::Public(key)) => self.publics.push(key),
            Content::Key(_) | Content::Locked(_) => self.keys.push(shown),
            // What `openssl ecparam -genkey` puts before a key: the curve, which stands in the key once more.
            Content::Named { what, .. } if what.contains("EC PARAMETERS") => {}
            _ => self.others.push(shown),
        }
    }

    pub(super) fn absorb(&mut self, inner: Self) {
        self.certificates.extend(inner.certificates);
        self.publics.extend(inner.publics);
        self.keys.extend(inner.keys);
        self.others.extend(inner.others);
    }

    /// Says what belongs to the key by its public half: neither order nor names prove anything.
    pub(super) fn settle(self, key: &Material) -> Settled {
        let Self { mut certificates, publics, keys, others } = self;
        let public = match key {
            Material::Private(key) => public_half(key).ok(),
            Material::Public(key) => Some(key.clone()),
            Material::Secret(_) => None,
        };
        let own = certificates.iter().position(|it| Some(&it.certificate.key) == public.as_ref());
        let mut settled = Settled { lost: others, unchosen: keys, ..Settled::default() };
        let others_chosen = !settled.unchosen.is_empty();
        if let Some(own) = own {
            let own = certificates.remove(own);
            certificates.insert(0, own);
        } else if let (Material::Private(_), Some(_), false, false) =
            (key, &public, certificates.is_empty(), others_chosen)
        {
            settled.findings.push(Finding::new(&STRANGE_CERTIFICATE, "", counted(certificates.len())));
        }
        if others_chosen {
            let all = certificates.len();
            certificates = if own.is_some() { chain(certificates) } else { Vec::new() };
            let others = all.saturating_sub(certificates.len());
            settled.unchosen.extend((others > 0).then(|| counted(others)));
        }
        settled.strange_keys(key, public.as_ref(), publics);
        settled.certificates =
            certificates.into_iter().map(|it| NamedCertificate { der: it.certificate.der, name: it.name }).collect();
        settled
    }
}

impl Settled {
    /// Public keys that are not the other half of the key.
    fn strange_keys(&mut self, key: &Material, public: Option<&PublicKey>, publics: Vec<PublicKey>) {
        let chosen = !self.unchosen.is_empty() || matches!(key, Material::Public(_));
        for strange in publics.into_iter().filter(|it| Some(it) != public) {
            let shown = format!("a public key of another pair ({})", strange.description());
            if chosen {
                self.unchosen.push(shown);
                continue;
            }
            if matches!(key, Material::Private(_)) && public.is_some() {
                self.findings.push(Finding::new(&STRANGE_CERTIFICATE, "", shown.clone()));
            }
            self.lost.push(shown);
        }
    }
}

/// The first certificate, its issuer, the issuer of that one, and so on.
fn chain(certificates: Vec<Neighbour>) -> Vec<Neighbour> {
    let mut rest = certificates.into_iter();
    let mut chain: Vec<Neighbour> = rest.next().into_iter().collect();
    let mut rest: Vec<Neighbour> = rest.collect();
    while let Some(issuer) = chain.last().map(|last| last.certificate.issuer.clone())
        && let Some(at) = rest.iter().position(|it| it.certificate.subject == issuer)
    {
        chain.push(rest.remove(at));
    }
    chain
}
