//! The evidence signer on a token of its own, set up from a byok.yaml that was written by hand.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::token::{LABEL, Module, SO_PIN, USER_PIN};
use crate::workplace::{PIN_SOURCE, Workplace, assert_success};

const OTHER: &str = "evidence";

#[test]
fn the_signer_lives_on_another_token() {
    let place = Workplace::new(Module::SoftHsm);
    let make = ["--init-token", "--free", "--label", OTHER, "--pin", USER_PIN, "--so-pin", SO_PIN];
    assert_success(&place.command("softhsm2-util").args(make).output().unwrap(), "softhsm2-util");
    let module = place.token.module();
    let token = |label: &str| format!("{{module: {}, label: {label}}}", module.display());
    let [keys, signer] = [token(LABEL), token(OTHER)];
    let pin = format!("pin-source: {PIN_SOURCE}");
    place.write("byok.yaml", format!("token: {keys}\n{pin}\nregistry: registry\nsigner: {{token: {signer}, {pin}}}\n"));
    fs::set_permissions(place.path("byok.yaml"), fs::Permissions::from_mode(0o600)).unwrap();

    place.ok(&["init"]);
    place.ok(&["generate", "a", "--type", "aes-256"]);
    let predicate = place.predicate("registry/keys/a@1/manifest-0001.dsse.json");
    assert_eq!(predicate["custody"]["tokenLabel"], LABEL);
    assert_eq!(predicate["signer"]["tokenLabel"], OTHER);
    assert_ne!(predicate["custody"]["tokenSerial"], predicate["signer"]["tokenSerial"]);
    place.ok(&["verify", "registry", "--trust", "signer.pem"]);
}
