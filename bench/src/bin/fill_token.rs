//! Puts COUNT AES-256 keys into a token, as neighbours of the key that is measured.

use byok_bench::{Result, Token, arguments};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;

fn main() -> Result<()> {
    let [module, token, count] = arguments("fill_token MODULE TOKEN COUNT")?;
    let token = Token::open(&module, &token)?;
    for number in 0..count.parse::<u32>()? {
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(true),
            Attribute::Label(format!("neighbour/{number}@1").into_bytes()),
            Attribute::Id(number.to_be_bytes().to_vec()),
            Attribute::ValueLen(32.into()),
        ];
        token.session.generate_key(&Mechanism::AesKeyGen, &template)?;
    }
    token.close()
}
