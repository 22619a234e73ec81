//! What `import-jobs describe --format json` answers, or the job's public key in a file of its own.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::names::{IMPORT_JOBS, Name, is_id};
use super::{GOOGLE_CLOUD_KMS, SPELLINGS};
use crate::format::escape::{SHORT, printable};
use crate::format::wrapping_key::{self, RecognisedKey};
use crate::key::method::WrapMethod;
use crate::provider::json_answer::{self, broken, broken_value, required, text};
use crate::provider::{Challenge, ChallengeError, Handout};

const OPTION: &str = "--import-job";
const FULL_NAME: &str = "projects/PROJECT/locations/LOCATION/keyRings/KEY-RING/importJobs/JOB";

pub(super) fn read_challenge(handout: &Handout) -> Result<Challenge, ChallengeError> {
    let bytes = &handout.wrapping_key.bytes;
    let typed = handout.import_job.as_deref();
    let Some(answer) = json_answer::read(bytes)? else {
        check_text(bytes)?;
        let mut challenge = Challenge::from_key(wrapping_key::read(bytes)?, &GOOGLE_CLOUD_KMS)?;
        challenge.resource = Some(typed_job(typed)?);
        return Ok(challenge);
    };
    let Some(members) = answer.as_object() else {
        return Err(ChallengeError::OtherAnswer("it is a list; describe the one job"));
    };
    check_kind(members)?;
    let job = job_name(members, typed)?;
    let (method, bits) = import_method(members)?;
    check_state(members)?;
    let mut challenge = Challenge::from_key(public_key(members)?, &GOOGLE_CLOUD_KMS)?;
    if usize::try_from(bits) != Ok(challenge.bits()) {
        let rule = format!("says {bits} bits, and publicKey has {}", challenge.bits());
        return Err(ChallengeError::Member { member: "importMethod", rule });
    }
    challenge.resource = Some(job);
    challenge.method = Some(method);
    challenge.expires_at = Some(expire_time(members)?);
    challenge.caution = caution(members)?;
    Ok(challenge)
}

/// Text that is not the answer: gcloud's errors, and its answer in the form that it prints without `--format json`.
fn check_text(bytes: &[u8]) -> Result<(), ChallengeError> {
    let Ok(text) = std::str::from_utf8(bytes).map(str::trim) else { return Ok(()) };
    if text.starts_with("ERROR: (gcloud.") {
        return Err(ChallengeError::ErrorAnswer(printable(text, SHORT)));
    }
    if text.lines().any(|line| line.starts_with("importMethod:")) {
        return Err(ChallengeError::OtherAnswer("it is YAML; describe the job with --format json"));
    }
    Ok(())
}

fn check_kind(members: &Map<String, Value>) -> Result<(), ChallengeError> {
    if let Some(error) = members.get("error") {
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        return Err(ChallengeError::ErrorAnswer(printable(message, SHORT)));
    }
    if members.contains_key("pem") || members.contains_key("algorithm") {
        return Err(ChallengeError::OtherAnswer("it is about a key version, and not an import job"));
    }
    Ok(())
}

fn typed_job(typed: Option<&str>) -> Result<String, ChallengeError> {
    let typed = typed.ok_or(ChallengeError::Missing { what: "its import job", option: OPTION })?;
    if Name::parse(typed, IMPORT_JOBS).is_some() {
        return Ok(typed.to_owned());
    }
    if is_id(typed) {
        let (lacks, hint) = ("project, location and key ring", format!("{OPTION} {FULL_NAME}"));
        return Err(ChallengeError::Incomplete { member: OPTION, lacks, hint });
    }
    Err(broken_value(OPTION, typed, &format!("the full name is {FULL_NAME}")))
}

/// The job's own name; one that was typed, in full or only its last part, must be the same.
fn job_name(members: &Map<String, Value>, typed: Option<&str>) -> Result<String, ChallengeError> {
    let text = required(members, "name")?;
    let rule = format!("an import job is named {FULL_NAME}");
    let name = Name::parse(text, IMPORT_JOBS).ok_or_else(|| broken_value("name", text, &rule))?;
    match typed {
        Some(typed) if typed != text && typed != name.id => Err(ChallengeError::Contradiction {
            option: OPTION,
            typed: printable(typed, SHORT),
            answer: printable(text, SHORT),
        }),
        _ => Ok(text.to_owned()),
    }
}

/// The method, and the size of the wrapping key that its name says.
fn import_method(members: &Map<String, Value>) -> Result<(WrapMethod, u32), ChallengeError> {
    const MEMBER: &str = "importMethod";
    let text = required(members, MEMBER)?;
    if text.starts_with("HPKE_") {
        return Err(broken_value(MEMBER, text, "byok wraps under RSA keys only: make a job with an RSA_OAEP method"));
    }
    let method = SPELLINGS.iter().find(|(spelling, _)| *spelling == text).map(|(_, method)| *method);
    let bits = GOOGLE_CLOUD_KMS.spelled_bits(text);
    method.zip(bits).ok_or_else(|| broken_value(MEMBER, text, "byok does not know this method"))
}

fn check_state(members: &Map<String, Value>) -> Result<(), ChallengeError> {
    if let Some(end) = text(members, "expireEventTime")? {
        let ended = format!("the import job expired at {}: make another and describe that one", printable(end, SHORT));
        return Err(ChallengeError::NotReady(ended));
    }
    match required(members, "state")? {
        "ACTIVE" => Ok(()),
        "PENDING_GENERATION" => Err(ChallengeError::NotReady(
            "the import job is PENDING_GENERATION: Google is still making its key; describe it again in a while".into(),
        )),
        "EXPIRED" => Err(ChallengeError::NotReady(
            "the import job is EXPIRED: make another (gcloud kms import-jobs create) and describe that one".into(),
        )),
        other => Err(broken_value("state", other, "ACTIVE is needed")),
    }
}

/// `publicKey.pem`, or `publicKey.data` where DER was asked for. Nothing else: the attestation holds certificates.
fn public_key(members: &Map<String, Value>) -> Result<RecognisedKey, ChallengeError> {
    const MEMBER: &str = "publicKey";
    let Some(key) = members.get(MEMBER).filter(|key| !key.is_null()) else {
        return Err(ChallengeError::NotReady(
            "the import job is ACTIVE and has no publicKey: describe it again in a while".into(),
        ));
    };
    let key = key.as_object().ok_or_else(|| broken(MEMBER, "is not an object"))?;
    let (member, text) = match (text(key, "pem")?, text(key, "data")?) {
        (Some(pem), _) if pem.trim_start().starts_with("-----BEGIN ") => ("publicKey.pem", pem),
        (Some(_), _) => return Err(broken("publicKey.pem", "is not PEM")),
        (None, Some(data)) if !data.trim_start().starts_with(['{', '[', '"']) => ("publicKey.data", data),
        (None, Some(_)) => return Err(broken("publicKey.data", "is not base64")),
        (None, None) => return Err(broken(MEMBER, "has neither pem nor data")),
    };
    let read = wrapping_key::read(text.as_bytes())?;
    // The other form may be one that is not read here; a key in it is the same key.
    let other = self::text(key, "data")?.and_then(|data| wrapping_key::read(data.as_bytes()).ok());
    if other.is_some_and(|other| other.spki != read.spki) {
        return Err(broken(MEMBER, "holds two keys, pem and data"));
    }
    Ok(RecognisedKey { recognised: format!("JSON {member}: {}", read.recognised), expires_at: None, ..read })
}

fn expire_time(members: &Map<String, Value>) -> Result<Timestamp, ChallengeError> {
    const MEMBER: &str = "expireTime";
    let text = required(members, MEMBER)?;
    text.parse().map_err(|_| broken_value(MEMBER, text, "a time with its offset is expected"))
}

/// The key has the level of its import job.
fn caution(members: &Map<String, Value>) -> Result<Option<&'static str>, ChallengeError> {
    const SOFTWARE: &str =
        "the import job has protection level SOFTWARE: Google will hold the key in software, not in an HSM";
    Ok(text(members, "protectionLevel")?.filter(|level| *level == "SOFTWARE").map(|_| SOFTWARE))
}
