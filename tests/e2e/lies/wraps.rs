//! What the probe finds out about wrapping, and what is refused for it.

use serde_json::Value;

use super::{GENERATE, assert_unwrapped, lied_to, refused, wrap};
use crate::token::Module;

const CALL_FAILED: &str = "E0508";
const IMPOSSIBLE: &str = "E0514";
const NEEDS_CONSENT: &str = "E0512";
const UNSAFE: &str = "E0515";
const WRONG_LENGTH: &str = "E0520";

/// A lie, the verdict that finds it out, and a wrap that rests on it.
struct Lie {
    module: Module,
    lines: &'static [&'static str],
    /// Where `hsm probe --json` has the finding, below `.profile.capabilities`.
    finding: &'static str,
    verdict: &'static str,
    /// A key whose wrap would rest on the lie.
    spec: &'static str,
    method: &'static str,
    code: &'static str,
}

const LIES: [Lie; 11] = [
    Lie {
        module: Module::Kryoptic,
        lines: &["lie=kwp-zero-pad"],
        finding: "/aesWrap/0x210B/secret28",
        verdict: "zero-padded",
        spec: "hmac-sha224",
        method: "rsa-aes-sha256",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::Kryoptic,
        lines: &["lie=kwp-zero-pad"],
        finding: "/aesWrap/0x210B/ec-p256",
        verdict: "zero-padded",
        spec: "ec-p256",
        method: "rsa-aes-sha256",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=oaep", "lie=oaep-hash=sha1"],
        finding: "/oaep/sha256/secret32",
        verdict: "wrong-hash",
        spec: "aes-256",
        method: "rsa-oaep-sha256",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::Kryoptic,
        lines: &["lie=oaep", "lie=oaep-mgf-sha1"],
        finding: "/oaep/sha512/secret32",
        verdict: "wrong-hash",
        spec: "aes-256",
        method: "rsa-oaep-sha512",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=native-rsa-aes", "lie=native-oaep-hash=sha384"],
        finding: "/native/sha256/secret32",
        verdict: "wrong-hash",
        spec: "ec-p256",
        method: "rsa-aes-sha256",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=pad-pkcs7"],
        finding: "/aesWrap/0x210A/secret32",
        verdict: "wrong-format",
        spec: "aes-256",
        method: "rsa-aes-sha1",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::Kryoptic,
        lines: &["lie=kwp", "lie=kwp-as-kw"],
        finding: "/aesWrap/0x210B/secret32",
        verdict: "wrong-format",
        spec: "aes-256",
        method: "rsa-aes-sha256",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=kwp", "lie=pkcs8-trailing"],
        finding: "/aesWrap/0x210B/ec-p256",
        verdict: "wrong-format",
        spec: "ec-p256",
        method: "rsa-aes-sha1",
        code: IMPOSSIBLE,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=kwp", "lie=raw-scalar"],
        finding: "/aesWrap/0x210B/ec-p256",
        verdict: "raw-scalar",
        spec: "ec-p256",
        method: "rsa-aes-sha1",
        code: NEEDS_CONSENT,
    },
    Lie {
        module: Module::Kryoptic,
        lines: &["lie=no-mechanism=0x210B", "lie=no-mechanism=0x210A", "lie=no-mechanism=0x2109"],
        finding: "/aesWrap/0x210B/ec-p256",
        verdict: "unsupported",
        spec: "rsa-2048",
        method: "rsa-aes-sha256",
        code: IMPOSSIBLE,
    },
    Lie {
        module: Module::SoftHsm,
        lines: &["lie=wraps-nonextractable"],
        finding: "/nonExtractable",
        verdict: "unsafe",
        spec: "aes-256",
        method: "rsa-oaep-sha1",
        code: UNSAFE,
    },
];

#[test]
fn a_lie_is_reported_and_the_wrap_refused() {
    for lie in &LIES {
        let what = format!("{:?} {} {} {}", lie.module, lie.lines.join(" "), lie.spec, lie.method);
        let place = lied_to(lie.module, lie.lines);
        let probe: Value = serde_json::from_str(&place.ok(&["hsm", "probe", "--json"])).unwrap();
        let finding = probe["profile"]["capabilities"].pointer(lie.finding);
        let finding = finding.unwrap_or_else(|| panic!("{what}: no {} in {probe:#}", lie.finding));
        assert_eq!(finding["verdict"], lie.verdict, "{what}");
        place.ok(&["generate", "k", "--type", lie.spec]);
        refused(&place, &wrap(lie.method), lie.code, &what);
        assert_unwrapped(&place, &what);
    }
}

/// The profile is honest and the token begins to lie afterwards: lengths give it away.
#[test]
fn a_truncated_key_is_found_out_by_its_length() {
    let mut place = lied_to(Module::Kryoptic, &["lie=kwp"]);
    place.ok(&["generate", "k", "--type", "ec-p256"]);
    place.token.proxied(&["lie=kwp", "lie=raw-scalar"]);
    refused(&place, &wrap("rsa-aes-sha256"), WRONG_LENGTH, "raw-scalar");
    assert_unwrapped(&place, "raw-scalar");
    place.token.proxied(&["lie=kwp"]);
    place.ok(&wrap("rsa-aes-sha256"));
}

/// Call, code and a sentence for whatever `C_WrapKey` answers.
#[test]
fn an_answer_of_the_token_is_told_in_three_ways() {
    let mut place = lied_to(Module::SoftHsm, &[]);
    place.ok(&GENERATE);
    for (rv, name) in [
        ("0x30", "CKR_DEVICE_ERROR"),
        ("0x31", "CKR_DEVICE_MEMORY"),
        ("0x69", "CKR_KEY_NOT_WRAPPABLE"),
        ("0x6A", "CKR_KEY_UNEXTRACTABLE"),
        ("0x70", "CKR_MECHANISM_INVALID"),
        ("0x71", "CKR_MECHANISM_PARAM_INVALID"),
        ("0x112", "CKR_WRAPPED_KEY_LEN_RANGE"),
        ("0x113", "CKR_WRAPPING_KEY_HANDLE_INVALID"),
        ("0x114", "CKR_WRAPPING_KEY_SIZE_RANGE"),
    ] {
        place.token.proxied(&[&format!("fail=C_WrapKey:{rv}")]);
        let said = refused(&place, &wrap("rsa-oaep-sha1"), CALL_FAILED, rv);
        assert!(said.contains("C_WrapKey") && said.contains(name), "{rv}: {said}");
        let sentence = said.lines().any(|line| line.starts_with("cause: ") && line.split(' ').count() > 3);
        assert!(sentence, "{rv}: {said}");
        assert_unwrapped(&place, rv);
    }
}

/// A code of the vendor's own has no name; it is told as a number.
#[test]
fn an_answer_that_no_standard_knows_is_told_as_a_number() {
    let mut place = lied_to(Module::SoftHsm, &[]);
    place.ok(&GENERATE);
    place.token.proxied(&["fail=C_WrapKey:0x80000001"]);
    let said = refused(&place, &wrap("rsa-oaep-sha1"), CALL_FAILED, "vendor");
    assert!(said.contains("C_WrapKey: CK_RV 0x80000001"), "{said}");
}
