//! Java's `keytool`: PKCS#12 with certificates, with symmetric keys, and as older versions wrote it.

use super::place::Place;

/// keytool takes passphrases in its own words, so this one is ASCII.
const STORE: &str = "changeit";

fn keytool(place: &Place, line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    String::from_utf8(place.run("keytool", &words)).unwrap()
}

fn with_store(line: &str) -> (Place, String) {
    let place = Place::new();
    place.write("store", STORE);
    std::fs::set_permissions(place.path("store"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    keytool(&place, &format!("{line} -keystore java.p12 -storetype PKCS12 -storepass {STORE}"));
    let alias = line.split(' ').skip_while(|word| *word != "-alias").nth(1).unwrap().to_owned();
    (place, alias)
}

#[test]
fn pairs_keep_their_name_and_their_certificate() {
    for line in [
        "-genkeypair -alias web -keyalg RSA -keysize 2048 -dname CN=web",
        "-genkeypair -alias web -keyalg EC -groupname secp384r1 -dname CN=web",
        "-genkeypair -alias web -keyalg Ed25519 -dname CN=web",
        "-J-Dkeystore.pkcs12.legacy -genkeypair -alias web -keyalg RSA -keysize 2048 -dname CN=web",
    ] {
        let (place, alias) = with_store(line);
        place.openssl(&format!("pkcs12 -in java.p12 -nodes -passin pass:{STORE} -out openssl.pem -legacy"));
        // Java leaves the public half out of EC keys, so the public halves are compared: they follow from the private.
        let public = |name: &str| place.openssl(&format!("pkey -in {name} -pubout -outform DER"));
        let wanted = public("openssl.pem");
        let line = "pkcs8 --unencrypted --drop-attributes --passphrase-source file:store";
        place.convert("java.p12", line, "key.pem");
        assert_eq!(public("key.pem"), wanted);
        let said = place.convert("java.p12", "pkcs12 --passphrase-source file:store", "new.p12");
        assert!(said.contains("the name \"web\", 1 certificate"), "{said}");
        let listed = keytool(&place, &format!("-list -keystore new.p12 -storepass {STORE}"));
        assert!(listed.contains(&format!("{alias}, ")) && listed.contains("PrivateKeyEntry"), "{listed}");
        // What Java reads from it is the same key.
        keytool(
            &place,
            &format!(
                "-importkeystore -noprompt -srckeystore new.p12 -srcstorepass {STORE} -destkeystore back.p12 \
                 -deststoretype PKCS12 -deststorepass {STORE}"
            )
            .replace("  ", " "),
        );
        place.openssl(&format!("pkcs12 -in back.p12 -nodes -passin pass:{STORE} -out back.pem"));
        assert_eq!(public("back.pem"), wanted);
    }
}

#[test]
fn symmetric_keys_go_to_java_and_come_back() {
    for (keyalg, size, stated) in
        [("AES", "256", "aes-256"), ("AES", "128", "aes-128"), ("HmacSHA256", "256", "hmac-sha256")]
    {
        let (place, _) = with_store(&format!("-genseckey -alias kek -keyalg {keyalg} -keysize {size}"));
        let said =
            place.convert("java.p12", "raw --unencrypted --drop-attributes --passphrase-source file:store", "one.bin");
        assert!(said.contains(stated), "{said}");
        assert_eq!(place.read("one.bin").len(), size.parse::<usize>().unwrap() / 8);
        place.convert("java.p12", "pkcs12 --passphrase-source file:store", "new.p12");
        let listed = keytool(&place, &format!("-list -keystore new.p12 -storepass {STORE}"));
        assert!(listed.contains("kek, ") && listed.contains("SecretKeyEntry"), "{listed}");
        let line = format!(
            "-importkeystore -noprompt -srckeystore new.p12 -srcstorepass {STORE} -destkeystore back.p12 -deststoretype PKCS12 -deststorepass {STORE}"
        );
        keytool(&place, &line);
        place.convert("back.p12", "raw --unencrypted --drop-attributes --passphrase-source file:store", "two.bin");
        assert_eq!(place.read("two.bin"), place.read("one.bin"), "{keyalg}");
    }
}

#[test]
fn of_several_keys_one_must_be_named() {
    let (place, _) = with_store("-genkeypair -alias one -keyalg RSA -keysize 2048 -dname CN=one");
    keytool(
        &place,
        &format!(
            "-genkeypair -alias two -keyalg EC -groupname secp256r1 -dname CN=two -keystore java.p12 -storepass {STORE}"
        ),
    );
    let said = place.refused("java.p12", "pkcs8 --passphrase-source file:store", "E0716");
    assert!(said.contains("it holds 2 keys") && said.contains("\"one\"") && said.contains("\"two\""), "{said}");
    let hints: Vec<&str> = said.lines().filter_map(|line| line.strip_prefix("hint: --part ")).collect();
    assert_eq!(hints.len(), 2, "{said}");
    for hint in hints {
        let number = hint.split(' ').next().unwrap();
        let line = format!("pkcs8 --unencrypted --drop-attributes --part {number} --passphrase-source file:store");
        let said = place.convert("java.p12", &line, "one.pem");
        let first = said.lines().next().unwrap();
        assert_eq!(first.contains("RSA-2048"), hint.contains("RSA-2048"), "{said}");
        // The other one is named, with its certificate.
        assert!(said.contains("1 certificate\n"), "{said}");
    }
}
