//! Key ids and key ARNs of AWS KMS, the two spellings that `import-key-material --key-id` takes.

/// `arn:aws:kms:eu-central-1:111122223333:key/ID`, or the id alone.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct KeyRef<'a> {
    /// As it was written.
    pub(super) text: &'a str,
    place: Option<Place<'a>>,
    id: &'a str,
}

/// Where the key is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place<'a> {
    partition: &'a str,
    region: &'a str,
    account: &'a str,
}

pub(super) const RULE: &str = "AWS takes a key id (1234abcd-12ab-34cd-56ef-1234567890ab or mrk- and 32 hexadecimal \
                               digits) or a key ARN here, and no alias";

impl<'a> KeyRef<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if !text.starts_with("arn:") {
            return is_key_id(text).then_some(Self { text, place: None, id: text });
        }
        let mut parts = text.split(':');
        let (_, partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let id = resource.strip_prefix("key/")?;
        let good = service == "kms"
            && parts.next().is_none()
            && (partition == "aws" || partition.starts_with("aws-"))
            && is_dashed_word(partition)
            && is_dashed_word(region)
            && account.len() == 12
            && account.bytes().all(|byte| byte.is_ascii_digit())
            && is_key_id(id);
        good.then_some(Self { text, place: Some(Place { partition, region, account }), id })
    }

    /// The region, when the ARN names it.
    pub(super) fn region(&self) -> Option<&'a str> {
        self.place.map(|place| place.region)
    }

    /// The account, when the ARN names it.
    pub(super) fn account(&self) -> Option<&'a str> {
        self.place.map(|place| place.account)
    }

    /// Whether it says where the key is.
    pub(super) fn is_arn(&self) -> bool {
        self.place.is_some()
    }

    /// Whether other regions may hold the same key.
    pub(super) fn is_multi_region(&self) -> bool {
        self.id.starts_with("mrk-")
    }

    /// Whether both may be the same key: the ids are, and the places where both name them.
    pub(super) fn agrees(&self, other: &KeyRef<'_>) -> bool {
        self.id == other.id && self.place.zip(other.place).is_none_or(|(own, others)| own == others)
    }
}

/// Lower-case letters and digits, joined by single dashes; a letter first: `us-gov-west-1`, `aws-cn`.
fn is_dashed_word(text: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.len() <= 32 && text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(part)
}

fn is_key_id(text: &str) -> bool {
    let hex = |text: &str, length: usize| text.len() == length && text.bytes().all(is_hex);
    if let Some(multi_region) = text.strip_prefix("mrk-") {
        return hex(multi_region, 32);
    }
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 5 && parts.iter().zip([8, 4, 4, 4, 12]).all(|(part, length)| hex(part, length))
}

fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
    const MRK: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";

    #[test]
    fn ids_and_arns_are_read() {
        for id in [ID, MRK] {
            assert_eq!(KeyRef::parse(id).unwrap().region(), None);
            for (partition, region) in
                [("aws", "eu-central-1"), ("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")]
            {
                let arn = format!("arn:{partition}:kms:{region}:111122223333:key/{id}");
                let key = KeyRef::parse(&arn).unwrap();
                assert_eq!((key.text, key.region(), key.id), (arn.as_str(), Some(region), id));
                assert_eq!(key.is_multi_region(), id == MRK);
            }
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let arn = |head: &str, id: &str| format!("arn:{head}:key/{id}");
        for bad in [
            String::new(),
            "alias/kek".to_owned(),
            "kek".to_owned(),
            ID.to_uppercase(),
            format!(" {ID}"),
            format!("{ID}\n"),
            format!("{ID}'"),
            "mrk-1234".to_owned(),
            "1234abcd-12ab-34cd-56ef-1234567890ag".to_owned(),
            "arn:aws:kms:eu-central-1:111122223333:alias/kek".to_owned(),
            arn("aws:kms:eu-central-1:111122223333", "*"),
            arn("aws:kms:eu-central-1:11112222333", ID),
            arn("aws:kms:eu-central-1:11112222333x", ID),
            arn("aws:kms:eu--central-1:111122223333", ID),
            arn("aws:kms:-eu:111122223333", ID),
            arn("aws:kms:$(id):111122223333", ID),
            arn("aws:kms::111122223333", ID),
            arn("aws:s3:eu-central-1:111122223333", ID),
            arn("awsx:kms:eu-central-1:111122223333", ID),
            arn("aws:kms:eu-central-1:111122223333", &format!("{ID}:x")),
        ] {
            assert_eq!(KeyRef::parse(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn keys_agree_by_id_and_by_place_where_both_name_it() {
        let arn = |region: &str, account: &str| format!("arn:aws:kms:{region}:{account}:key/{ID}");
        let (here, there) = (arn("eu-central-1", "111122223333"), arn("eu-west-1", "111122223333"));
        let stranger = arn("eu-central-1", "444455556666");
        let here = KeyRef::parse(&here).unwrap();
        assert!(here.agrees(&KeyRef::parse(ID).unwrap()) && here.agrees(&here));
        assert!(!here.agrees(&KeyRef::parse(&there).unwrap()));
        assert!(!here.agrees(&KeyRef::parse(&stranger).unwrap()));
        assert!(!here.agrees(&KeyRef::parse(MRK).unwrap()));
    }
}
