//! The wraps of the probe: every mechanism on the throw-away keys, each answer judged.

use std::cell::{Cell, OnceCell};
use std::collections::BTreeMap;

use rsa::RsaPrivateKey;
use zeroize::Zeroizing;

use super::ProbeError;
use super::bench::{Asked, Bench};
use super::blob;
use super::content::Truth;
use super::entry::{KEK_BYTES, KnownKek};
use super::targets::{self, TargetKey, Targets};
use crate::hsm::TokenError;
use crate::hsm::request::{Handle, SecretKind, WrapMechanism};
use crate::key::spec::{Curve, HashAlg, KeySpec};
use crate::key::template::Usage;
use crate::wrap::capability::{AesWrap, Cells, Finding, Target, Verdict};
use crate::wrap::software::{kw_unwrap, kwp_unwrap};

/// The findings of an RSA mechanism, by hash.
pub(super) type ByHash = BTreeMap<HashAlg, Cells>;

/// Kinds of keys that fit into OAEP under RSA-2048, the common one aside.
const OAEP_TARGETS: [Target; 6] =
    [Target::Secret16, Target::Secret28, Target::Secret33, Target::Secret64, Target::EcP256, Target::Ed25519];

/// P-521 pairs that are made beside the first one.
const MORE_SCALARS: usize = 16;

/// Everything that the wraps need.
pub(super) struct Lab<'a> {
    pub(super) bench: &'a Bench<'a>,
    /// The private half of the throw-away wrapping key.
    pub(super) private: RsaPrivateKey,
    /// Its public half in the token, or why it is not there.
    pub(super) wrapping: Result<Handle, Finding>,
    pub(super) targets: Targets,
    /// Mechanism numbers that the token lists; `None` when it lists none.
    pub(super) listed: Option<Vec<u64>>,
    /// See [`MORE_SCALARS`].
    pub(super) more_scalars: OnceCell<Vec<TargetKey>>,
    /// Known answers asked for so far.
    pub(super) checks: Cell<u32>,
}

impl Lab<'_> {
    /// Direct OAEP: every hash with a 32-byte key, every kind of key that fits with the first hash that works.
    pub(super) fn oaep(&self) -> Result<ByHash, TokenError> {
        self.by_hash(WrapMechanism::RsaOaep, &OAEP_TARGETS, |hash, blob, truth| {
            blob::judge_oaep(&self.private, hash, blob, truth)
        })
    }

    /// `CKM_RSA_AES_KEY_WRAP`: every hash with a 32-byte key, every kind of key with the first hash that works.
    pub(super) fn native(&self) -> Result<ByHash, TokenError> {
        self.by_hash(WrapMechanism::RsaAes, &Target::ALL, |hash, blob, truth| {
            blob::judge_native(&self.private, hash, blob, truth)
        })
    }

    fn by_hash(
        &self,
        mechanism: impl Fn(HashAlg) -> WrapMechanism,
        others: &[Target],
        judge: impl Fn(HashAlg, &[u8], &Truth) -> Finding,
    ) -> Result<ByHash, TokenError> {
        let mut table = ByHash::new();
        let mut absent = None;
        for hash in HashAlg::ALL {
            let ask =
                || self.cell(mechanism(hash), &self.wrapping, Target::Secret32, |blob, truth| judge(hash, blob, truth));
            let finding = absent.clone().map_or_else(ask, Ok)?;
            absent = self.is_absent(mechanism(hash), &finding).then(|| finding.clone());
            table.insert(hash, Cells::from([(Target::Secret32, finding)]));
        }
        let works = |cells: &Cells| cells.values().all(Finding::is_conformant);
        let Some((hash, cells)) = table.iter_mut().find(|(_, cells)| works(cells)) else { return Ok(table) };
        for target in others.iter().filter(|target| **target != Target::Secret32) {
            let judge = |blob: &[u8], truth: &Truth| judge(*hash, blob, truth);
            let finding = self.cell(mechanism(*hash), &self.wrapping, *target, judge)?;
            cells.insert(*target, self.scalars(mechanism(*hash), &self.wrapping, (*target, finding), judge)?);
        }
        Ok(table)
    }

    /// An AES key-wrap number on every kind of key.
    pub(super) fn aes(&self, number: AesWrap, kek: &Result<KnownKek, Finding>) -> Result<Cells, TokenError> {
        let wrapping = kek.as_ref().map(|kek| kek.handle).map_err(Clone::clone);
        let value = kek.as_ref().map_or(&[][..], |kek| kek.value.as_slice());
        let mut cells = Cells::new();
        let mut absent = None;
        for target in Target::ALL {
            let judge = |blob: &[u8], truth: &Truth| blob::judge_aes(number, value, blob, truth);
            let finding = absent.clone().map_or_else(|| self.cell(mechanism(number), &wrapping, target, judge), Ok)?;
            absent = self.is_absent(mechanism(number), &finding).then(|| finding.clone());
            cells.insert(target, self.scalars(mechanism(number), &wrapping, (target, finding), judge)?);
        }
        Ok(cells)
    }

    /// The scalar of every other P-521 key begins with a zero, which some modules leave out. One key does not show it; with
    /// so many, one run in 131,072 does not.
    fn scalars(
        &self,
        mechanism: WrapMechanism,
        wrapping: &Result<Handle, Finding>,
        (target, finding): (Target, Finding),
        judge: impl Fn(&[u8], &Truth) -> Finding,
    ) -> Result<Finding, TokenError> {
        let (true, Ok(wrapping)) = (target == Target::EcP521 && finding.is_conformant(), wrapping) else {
            return Ok(finding);
        };
        for key in self.more_scalars()? {
            self.count();
            let Ok(blob) = self.bench.wrap(mechanism, *wrapping, key.handle)? else { break };
            let another = judge(&blob, &key.truth);
            if !another.is_conformant() {
                return Ok(another);
            }
        }
        Ok(finding)
    }

    /// More P-521 pairs, made when they are first needed.
    fn more_scalars(&self) -> Result<&[TargetKey], TokenError> {
        if let Some(made) = self.more_scalars.get() {
            return Ok(made);
        }
        let mut made = Vec::new();
        while made.len() < MORE_SCALARS {
            let Ok(pair) = targets::pair(self.bench, Target::EcP521, KeySpec::Ec(Curve::P521))? else { break };
            made.push(pair);
        }
        Ok(self.more_scalars.get_or_init(|| made))
    }

    /// One known answer.
    fn cell(
        &self,
        mechanism: WrapMechanism,
        wrapping: &Result<Handle, Finding>,
        target: Target,
        judge: impl Fn(&[u8], &Truth) -> Finding,
    ) -> Result<Finding, TokenError> {
        let wrapping = match wrapping {
            Ok(handle) => *handle,
            Err(finding) => return Ok(finding.clone()),
        };
        let key = match self.targets.get(&target) {
            Some(Ok(key)) => key,
            Some(Err(finding)) => return Ok(finding.clone()),
            None => return Ok(Finding::new(Verdict::Unsupported, "not probed")),
        };
        self.count();
        Ok(match self.bench.wrap(mechanism, wrapping, key.handle)? {
            Ok(blob) => judge(&blob, &key.truth),
            Err(finding) => finding,
        })
    }

    /// A mechanism that the token neither lists nor takes need not be tried with every key.
    fn is_absent(&self, mechanism: WrapMechanism, finding: &Finding) -> bool {
        let listed = self.listed.as_ref().is_none_or(|numbers| numbers.contains(&number(mechanism)));
        let refused = finding.detail.as_deref().is_some_and(|detail| detail.ends_with(": CKR_MECHANISM_INVALID"));
        !listed && finding.verdict == Verdict::Unsupported && refused
    }

    /// A wrapping AES-256 key of the token's own, which gets known here by OAEP under the throw-away key.
    pub(super) fn leaked_kek(&self, oaep: &ByHash) -> Result<Result<KnownKek, Finding>, ProbeError> {
        let of_common = |cells: &Cells| cells.get(&Target::Secret32).is_some_and(Finding::is_conformant);
        let hash = oaep.iter().find(|(_, cells)| of_common(cells)).map(|(hash, _)| *hash);
        let (Some(hash), Ok(wrapping)) = (hash, &self.wrapping) else {
            return Ok(Err(Finding::new(Verdict::Unsupported, "no AES key of known value can be had")));
        };
        let handle = match self.bench.make_secret(SecretKind::Aes(KEK_BYTES), &[Usage::Wrap], true)? {
            Ok(handle) => handle,
            Err(finding) => return Ok(Err(finding)),
        };
        let blob: Asked<_> = self.bench.wrap(WrapMechanism::RsaOaep(hash), *wrapping, handle);
        Ok(blob?.and_then(|blob| blob::open_oaep(&self.private, hash, &blob)).map(|value| KnownKek { handle, value }))
    }

    /// Keys that must not leave the token, a secret and a private one, under every mechanism that lets others out.
    pub(super) fn non_extractable(&self, ways: &[(WrapMechanism, Handle)]) -> Result<Finding, TokenError> {
        let secret = self.bench.make_secret(SecretKind::Aes(KEK_BYTES), &[Usage::Encrypt], false)?;
        let usages: (&[Usage], &[Usage]) = (&[Usage::Sign], &[Usage::Verify]);
        let pair = self.bench.make_pair(KeySpec::Ec(Curve::P256), usages, false)?;
        let (secret, private) = match (secret, pair) {
            (Err(finding), _) => return Ok(finding),
            (Ok(secret), pair) => (secret, pair.ok().map(|pair| pair.private)),
        };
        let mut refusal = None;
        for (mechanism, wrapping) in ways {
            let private = private.filter(|_| !matches!(mechanism, WrapMechanism::RsaOaep(_)));
            for key in std::iter::once(secret).chain(private) {
                self.count();
                match self.bench.wrap(*mechanism, *wrapping, key)? {
                    Ok(_) => {
                        let what = format!("{} let a non-extractable key out", name(*mechanism));
                        return Ok(Finding::new(Verdict::Unsafe, what));
                    }
                    Err(finding) => refusal = refusal.or(finding.detail),
                }
            }
        }
        Ok(match refusal {
            Some(detail) => Finding::new(Verdict::Conformant, detail),
            None => Finding::new(Verdict::Unsupported, "no mechanism lets any key out"),
        })
    }

    /// The value of a target: known from the start, or learnt through a mechanism that was found conformant.
    pub(super) fn value(
        &self,
        target: Target,
        kek: &Result<KnownKek, Finding>,
        (oaep, aes): (&ByHash, &BTreeMap<AesWrap, Cells>),
    ) -> Result<Option<Zeroizing<Vec<u8>>>, TokenError> {
        let Some(Ok(key)) = self.targets.get(&target) else { return Ok(None) };
        if let Some(value) = key.truth.value() {
            return Ok(Some(Zeroizing::new(value.to_vec())));
        }
        let good = |cells: &Cells| cells.get(&target).is_some_and(Finding::is_conformant);
        if let (Some((hash, _)), Ok(wrapping)) = (oaep.iter().find(|(_, cells)| good(cells)), &self.wrapping) {
            let blob = self.bench.wrap(WrapMechanism::RsaOaep(*hash), *wrapping, key.handle)?.ok();
            return Ok(blob.and_then(|blob| blob::open_oaep(&self.private, *hash, &blob).ok()));
        }
        let (Some((number, _)), Ok(kek)) = (aes.iter().find(|(_, cells)| good(cells)), kek) else { return Ok(None) };
        let blob = self.bench.wrap(mechanism(*number), kek.handle, key.handle)?.ok();
        let open = if *number == AesWrap::Kw { kw_unwrap } else { kwp_unwrap };
        Ok(blob.and_then(|blob| open(&kek.value, &blob).ok()))
    }

    /// One more known answer asked for.
    pub(super) fn count(&self) {
        self.checks.set(self.checks.get().saturating_add(1));
    }
}

/// What `C_WrapKey` is asked for.
pub(super) fn mechanism(number: AesWrap) -> WrapMechanism {
    match number {
        AesWrap::Kw => WrapMechanism::AesKw,
        AesWrap::Pad => WrapMechanism::AesKwPad,
        AesWrap::Kwp => WrapMechanism::AesKwp,
    }
}

/// The `CK_MECHANISM_TYPE`.
fn number(mechanism: WrapMechanism) -> u64 {
    match mechanism {
        WrapMechanism::RsaOaep(_) => 0x0009,
        WrapMechanism::RsaAes(_) => 0x1054,
        WrapMechanism::AesKw => 0x2109,
        WrapMechanism::AesKwPad => 0x210a,
        WrapMechanism::AesKwp => 0x210b,
    }
}

fn name(mechanism: WrapMechanism) -> &'static str {
    match mechanism {
        WrapMechanism::RsaOaep(_) => "RSA_PKCS_OAEP",
        WrapMechanism::RsaAes(_) => "RSA_AES_KEY_WRAP",
        WrapMechanism::AesKw => AesWrap::Kw.as_str(),
        WrapMechanism::AesKwPad => AesWrap::Pad.as_str(),
        WrapMechanism::AesKwp => AesWrap::Kwp.as_str(),
    }
}
