//! What `az keyvault key show` answers about an imported key, or the API itself.
//!
//! <https://learn.microsoft.com/rest/api/keyvault/keys/get-key/get-key>. `az` writes numbers as padded base64, the API as
//! base64url without padding.

use serde_json::{Map, Value};

use super::Service;
use super::key_url::KeyUrl;
use crate::format::spki::PublicKey;
use crate::key::spec::Curve;
use crate::provider::ChallengeError;
use crate::provider::confirmation::{
    Confirmation, ConfirmationRequest, base64, not_ready, object, point, the_one, time,
};
use crate::provider::json_answer::{broken, broken_value, required};

const NO_KEY: &str = "it has no `key`, so it is not from `az keyvault key show`";

pub(in crate::provider) fn read(
    request: &ConfirmationRequest<'_>,
    service: Service,
) -> Result<Confirmation, ChallengeError> {
    let files = request.files.iter().collect();
    let answer = object(the_one(files, "there is no file", "one answer says all")?)?;
    if let Some(error) = answer.get("error") {
        let message = error.get("message").and_then(Value::as_str).unwrap_or("no message");
        return Err(ChallengeError::ErrorAnswer(crate::format::escape::printable(message, 80)));
    }
    let key = answer.get("key").and_then(Value::as_object).ok_or(ChallengeError::OtherAnswer(NO_KEY))?;
    let kid = required(key, "kid")?;
    let url = KeyUrl::parse(kid).map_err(|rule| broken_value("key.kid", kid, rule))?;
    if url.service != service {
        return Err(broken_value("key.kid", kid, "it is a key of the other Azure service"));
    }
    match answer.get("attributes").and_then(|attributes| attributes.get("enabled")) {
        Some(Value::Bool(true)) => {}
        Some(Value::Bool(false)) => return Err(not_ready("attributes.enabled", "false")),
        _ => return Err(broken("attributes.enabled", "is neither true nor false")),
    }
    let (algorithm, public) = algorithm(key)?;
    let target = request.target;
    Ok(Confirmation {
        account: Some(url.host.clone()),
        resource: kid.to_owned(),
        key_version: url.version.clone(),
        state: "enabled".to_owned(),
        algorithm,
        public,
        // The bundle names the key with its vault, or alone.
        is_target: target.map(|target| match KeyUrl::parse(target) {
            Ok(named) => named.host == url.host && named.name.eq_ignore_ascii_case(&url.name),
            Err(_) => target.eq_ignore_ascii_case(&url.name),
        }),
        made_at: time("attributes.created", answer.get("attributes").and_then(|attributes| attributes.get("created")))?,
        mark: None,
    })
}

/// byok's name of the algorithm, and the public half.
fn algorithm(key: &Map<String, Value>) -> Result<(String, Option<PublicKey>), ChallengeError> {
    let number = |member: &'static str, path: &'static str| base64(path, required(key, member)?);
    match required(key, "kty")? {
        "oct-HSM" => Ok(("oct-HSM".to_owned(), None)),
        "RSA-HSM" => {
            let public = PublicKey::rsa(&number("n", "key.n")?, &number("e", "key.e")?);
            let public = public.map_err(|_| broken("key.n", "is no RSA modulus"))?;
            Ok(("RSA-HSM".to_owned(), Some(public)))
        }
        "EC-HSM" => {
            let name = required(key, "crv")?;
            let curve = match name {
                "P-256" => Curve::P256,
                "P-384" => Curve::P384,
                "P-521" => Curve::P521,
                "P-256K" => Curve::Secp256k1,
                other => return Err(broken_value("key.crv", other, "byok knows P-256, P-384, P-521 and P-256K")),
            };
            Ok((name.to_owned(), Some(point(curve, &number("x", "key.x")?, &number("y", "key.y")?)?)))
        }
        other => Err(broken_value("key.kty", other, "an imported key is in an HSM: RSA-HSM, EC-HSM or oct-HSM")),
    }
}
