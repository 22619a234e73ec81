//! `import`, killed anywhere: a key that is in the token has a manifest that admits what the host saw, or is gone.

use super::after::verified;
use super::kill::killed;
use super::scene::Scene;
use super::{Case, WITH_FRESH, split};
use crate::import::secret;
use crate::token::Module;
use crate::workplace::assert_success;

const IMPORT_AES: &str = "import fresh key.bin --type aes-256";
const IMPORT_PAIR: &str = "import fresh key.pem";
const IMPORT_WRAPPED: &str = "import fresh sent.bin --type ec-p256 --unwrapping-key kek --method rsa-aes-sha1 \
    --public-key public.pem";
const FRESH: &str = "registry/keys/fresh@1";
const MANIFEST: &str = "registry/keys/fresh@1/manifest-0001.dsse.json";
/// After the second object has come, which is the key itself: the first is the session's key, or a public half.
const KEY_IS_IN: [&str; 2] = ["die=C_UnwrapKey#1", "die_when=after"];

fn start(module: Module) -> Scene {
    let scene = Scene::with_canaries(module);
    scene.place.write("key.bin", secret(32));
    scene.place.private_key("ec-p256", "key.pem");
    scene
}

fn case(module: Module, words: &str) -> Case {
    Case { start: start(module), words: split(words), versions: &WITH_FRESH, output: FRESH, each_state_once: false }
}

#[test]
fn softhsm_import_aes() {
    case(Module::SoftHsm, IMPORT_AES).crash();
}

#[test]
fn softhsm_import_pair() {
    case(Module::SoftHsm, IMPORT_PAIR).crash();
}

#[test]
fn kryoptic_import_aes() {
    case(Module::Kryoptic, IMPORT_AES).crash();
}

#[test]
fn kryoptic_import_pair() {
    case(Module::Kryoptic, IMPORT_PAIR).crash();
}

#[test]
fn softhsm_import_wrapped() {
    wrapped(Module::SoftHsm).crash();
}

#[test]
fn kryoptic_import_wrapped() {
    wrapped(Module::Kryoptic).crash();
}

/// A pair that came wrapped for another pair, with the sender's word for its public half.
fn wrapped(module: Module) -> Case {
    let start = start(module);
    start.place.ok(&["generate", "kek", "--type", "rsa-2048", "--purpose", "wrap"]);
    let show: serde_json::Value = serde_json::from_str(&start.place.ok(&["show", "kek", "--json"])).unwrap();
    start.place.write("kek.pem", show["key"]["public"]["spkiPem"].as_str().unwrap());
    start.place.openssl("pkey -in key.pem -pubout -out public.pem");
    start.place.openssl("pkcs8 -topk8 -nocrypt -in key.pem -outform DER -out key.der");
    let oaep = "pkeyutl -encrypt -pubin -inkey kek.pem -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha1";
    start.place.write("kek.bin", secret(32));
    start.place.openssl(&format!("{oaep} -in kek.bin -out outer.bin"));
    let kek = hex::encode(secret(32));
    start.place.openssl(&format!("enc -id-aes256-wrap-pad -K {kek} -iv A65959A6 -in key.der -out inner.bin"));
    let read = |file: &str| std::fs::read(start.place.path(file)).unwrap();
    start.place.write("sent.bin", [read("outer.bin"), read("inner.bin")].concat());
    let versions = &["canary@1", "fresh@1", "kek@1", "sparrow@1"];
    Case { start, words: split(IMPORT_WRAPPED), versions, output: FRESH, each_state_once: false }
}

fn cut_off(module: Module, words: &str, lines: &[&str]) -> Scene {
    let mut scene = start(module);
    scene.proxied(lines);
    assert!(killed(&scene.byok(&words.split(' ').collect::<Vec<_>>())));
    scene.proxied(&[]);
    scene
}

/// What the host saw is said by the first manifest, whoever writes it.
#[test]
fn what_was_seen_is_never_forgotten() {
    for module in Module::ALL {
        for words in [IMPORT_AES, IMPORT_PAIR] {
            for resumed in ["recover --yes", "generate other --type aes-128", words] {
                let scene = cut_off(module, words, &KEY_IS_IN);
                assert_success(&scene.byok(&resumed.split(' ').collect::<Vec<_>>()), resumed);
                let label = format!("{module:?} {words}, then {resumed}");
                let key = scene.place.predicate(MANIFEST);
                assert_eq!((&key["exposureEver"], &key["origin"]["kind"]), (&"plaintext".into(), &"imported".into()));
                assert_eq!(key["origin"]["adopted"], true, "{label}");
                // Of a secret key recovery has nothing to compare with, and says so.
                let compared = key["origin"]["import"]["contentProof"].is_array();
                assert_eq!(compared, words == IMPORT_PAIR, "{label}");
                verified(&scene, "registry", &label);
            }
            let scene = cut_off(module, words, &KEY_IS_IN);
            assert_success(&scene.byok(&["recover", "--undo", "--yes"]), "undone");
            assert!(!scene.place.path(FRESH).exists());
            assert!(scene.objects().iter().all(|object| object[2] != "fresh@1"), "{:?}", scene.objects());
        }
    }
}

/// The same import, typed again with another file, is another import.
#[test]
fn another_file_does_not_finish_an_interrupted_import() {
    for module in Module::ALL {
        let scene = cut_off(module, IMPORT_AES, &KEY_IS_IN);
        scene.place.write("key.bin", [secret(16), secret(24)[..16].to_vec()].concat());
        assert!(scene.place.refused(4, &split_words(IMPORT_AES)).contains("[E0409]"));
        let scene = cut_off(module, IMPORT_PAIR, &KEY_IS_IN);
        scene.place.private_key("ec-p256", "key.pem");
        assert!(scene.place.refused(4, &split_words(IMPORT_PAIR)).contains("[E0404]"));
    }
}

fn split_words(words: &str) -> Vec<&str> {
    words.split(' ').collect()
}
