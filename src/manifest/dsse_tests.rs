use super::*;
use crate::soft_signer::SoftSigner;

#[derive(Debug, PartialEq)]
struct Note(String);

impl Payload for Note {
    const TYPE: &'static str = "application/vnd.byok.test-note";

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        Ok(self.0.clone().into_bytes())
    }

    fn from_payload(bytes: &[u8]) -> Result<Self, PayloadError> {
        Ok(Self(String::from_utf8(bytes.to_vec()).map_err(PayloadError::invalid)?))
    }
}

#[derive(Debug)]
struct OtherNote;

impl Payload for OtherNote {
    const TYPE: &'static str = "application/vnd.byok.other-note";

    fn to_payload(&self) -> Result<Vec<u8>, PayloadError> {
        Ok(b"hello".to_vec())
    }

    fn from_payload(_: &[u8]) -> Result<Self, PayloadError> {
        Ok(Self)
    }
}

const SCHEMES: [Scheme; 4] = [Scheme::EcdsaP256, Scheme::EcdsaP384, Scheme::Ed25519, Scheme::RsaPssSha256];

fn signed(signer: &SoftSigner) -> Vec<u8> {
    Signed::sign(Note("hello".into()), signer).unwrap().to_json()
}

fn trust(signer: &SoftSigner) -> Trust {
    Trust::from_spki(signer.spki()).unwrap()
}

fn verify(bytes: &[u8], trust: &Trust) -> Result<Signed<Note>, EnvelopeError> {
    Signed::verify(bytes, trust)
}

/// The envelope with one member of it replaced.
fn edited(envelope: &[u8], edit: impl Fn(&mut serde_json::Value)) -> Vec<u8> {
    let mut value: serde_json::Value = serde_json::from_slice(envelope).unwrap();
    edit(&mut value);
    serde_json::to_vec(&value).unwrap()
}

/// The example of the DSSE specification, protocol.md.
#[test]
fn the_encoding_is_the_one_of_the_specification() {
    assert_eq!(
        pae("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
    assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
}

#[test]
fn every_scheme_signs_and_verifies() {
    for scheme in SCHEMES {
        let signer = SoftSigner::new(scheme);
        let verified = verify(&signed(&signer), &trust(&signer)).unwrap();
        assert_eq!(verified.value(), &Note("hello".into()));
        assert_eq!(verified.payload(), b"hello");
        assert_eq!(verified.signers().len(), 1);
        assert_eq!(verified.to_json(), edited_nothing(&verified), "{scheme}");
    }
}

fn edited_nothing(signed: &Signed<Note>) -> Vec<u8> {
    let mut bytes = edited(&signed.to_json(), |_| ());
    bytes.push(b'\n');
    bytes
}

#[test]
fn the_member_order_is_fixed_and_the_file_ends_with_a_line_feed() {
    let text = String::from_utf8(signed(&SoftSigner::new(Scheme::Ed25519))).unwrap();
    let head = r#"{"payload":"aGVsbG8=","payloadType":"application/vnd.byok.test-note","signatures":[{"keyid":""#;
    assert!(text.starts_with(head) && text.ends_with("\"}]}\n"), "{text}");
}

#[test]
fn a_signature_has_exactly_its_length() {
    for scheme in SCHEMES {
        let signer = SoftSigner::new(scheme);
        let longer = edited(&signed(&signer), |value| {
            let sig = STANDARD.decode(value["signatures"][0]["sig"].as_str().unwrap()).unwrap();
            value["signatures"][0]["sig"] = STANDARD.encode([sig, vec![0]].concat()).into();
        });
        let error = verify(&longer, &trust(&signer)).unwrap_err();
        assert!(matches!(error, EnvelopeError::Signatures(Shortfall::BadSignature(_))), "{scheme}: {error}");
    }
}

#[test]
fn a_changed_payload_or_type_does_not_verify() {
    let signer = SoftSigner::new(Scheme::EcdsaP256);
    let trust = trust(&signer);
    let payload = edited(&signed(&signer), |value| value["payload"] = "aGVsbG9v".into());
    assert!(matches!(verify(&payload, &trust).unwrap_err(), EnvelopeError::Signatures(Shortfall::BadSignature(_))));
    // The same bytes, signed by the same key as another kind of document.
    let other = Signed::sign(OtherNote, &signer).unwrap().to_json();
    assert!(matches!(verify(&other, &trust).unwrap_err(), EnvelopeError::PayloadType { .. }));
    let relabelled = edited(&other, |value| value["payloadType"] = Note::TYPE.into());
    assert!(matches!(verify(&relabelled, &trust).unwrap_err(), EnvelopeError::Signatures(Shortfall::BadSignature(_))));
}

#[test]
fn only_canonical_standard_base64_is_read() {
    let signer = SoftSigner::new(Scheme::Ed25519);
    for (payload, name) in
        [("aGVsbG8", "padding"), ("aGVsbG9=", "trailing bits"), ("aGVs\nbG8=", "line"), ("_-8=", "url")]
    {
        let bytes = edited(&signed(&signer), |value| value["payload"] = payload.into());
        assert!(matches!(verify(&bytes, &trust(&signer)).unwrap_err(), EnvelopeError::Base64("payload")), "{name}");
    }
}

#[test]
fn repeated_members_are_refused_before_anything_is_verified() {
    let signer = SoftSigner::new(Scheme::Ed25519);
    let text = String::from_utf8(signed(&signer)).unwrap();
    let twice = text.replacen('{', r#"{"payload":"eA==","#, 1);
    assert!(matches!(verify(twice.as_bytes(), &trust(&signer)).unwrap_err(), EnvelopeError::Json(_)));
    let unknown = text.replacen('{', r#"{"x":1,"x":2,"#, 1);
    assert!(matches!(verify(unknown.as_bytes(), &trust(&signer)).unwrap_err(), EnvelopeError::Json(_)));
    let nul = [text.as_bytes(), b"\0"].concat();
    assert!(matches!(verify(&nul, &trust(&signer)).unwrap_err(), EnvelopeError::Json(_)));
}

#[test]
fn a_foreign_key_is_not_believed_even_under_the_trusted_key_id() {
    let (honest, foreign) = (SoftSigner::new(Scheme::EcdsaP256), SoftSigner::new(Scheme::EcdsaP256));
    let theirs = signed(&foreign);
    assert!(matches!(
        verify(&theirs, &trust(&honest)).unwrap_err(),
        EnvelopeError::Signatures(Shortfall::Untrusted(_))
    ));
    let id = sha256_hex(honest.spki());
    let claimed = edited(&theirs, |value| value["signatures"][0]["keyid"] = id.clone().into());
    assert!(matches!(
        verify(&claimed, &trust(&honest)).unwrap_err(),
        EnvelopeError::Signatures(Shortfall::BadSignature(_))
    ));
}

#[test]
fn the_key_id_decides_nothing() {
    let signer = SoftSigner::new(Scheme::EcdsaP384);
    for keyid in ["", "0000", "\u{1b}[31m"] {
        let bytes = edited(&signed(&signer), |value| value["signatures"][0]["keyid"] = keyid.into());
        assert_eq!(verify(&bytes, &trust(&signer)).unwrap().signers().len(), 1);
    }
    let without = edited(&signed(&signer), |value| {
        value["signatures"][0].as_object_mut().unwrap().remove("keyid");
    });
    assert!(verify(&without, &trust(&signer)).is_ok());
}

#[test]
fn no_signature_and_too_many_are_refused() {
    let signer = SoftSigner::new(Scheme::Ed25519);
    let none = edited(&signed(&signer), |value| value["signatures"] = serde_json::json!([]));
    assert!(matches!(verify(&none, &trust(&signer)).unwrap_err(), EnvelopeError::SignatureCount(0)));
    let many = edited(&signed(&signer), |value| {
        let one = value["signatures"][0].clone();
        value["signatures"] = vec![one; 17].into();
    });
    assert!(matches!(verify(&many, &trust(&signer)).unwrap_err(), EnvelopeError::SignatureCount(17)));
    let large = vec![b' '; MAX_ENVELOPE + 1];
    assert!(matches!(verify(&large, &trust(&signer)).unwrap_err(), EnvelopeError::TooLarge(_)));
}

/// A signer whose token answers rubbish.
struct Broken(SoftSigner);

impl EvidenceSigner for Broken {
    fn spki(&self) -> &[u8] {
        self.0.spki()
    }

    fn scheme(&self) -> Scheme {
        self.0.scheme()
    }

    fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(b"something else")
    }
}

#[test]
fn a_signature_that_does_not_verify_is_never_written() {
    let error = Signed::sign(Note("x".into()), &Broken(SoftSigner::new(Scheme::EcdsaP256))).unwrap_err();
    assert!(matches!(error, SealError::Sign(SignError::DoesNotVerify)));
}
