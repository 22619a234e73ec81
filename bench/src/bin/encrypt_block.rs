//! One zero block, encrypted in the token with AES-ECB under a key of it, in hexadecimal: what an unwrapped key must
//! give too. For the check of the results, never measured.

use byok_bench::{Result, Token, arguments};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectClass;

fn main() -> Result<()> {
    let [module, token, key] = arguments("encrypt_block MODULE TOKEN KEY")?;
    let token = Token::open(&module, &token)?;
    let key = token.find(ObjectClass::SECRET_KEY, &key)?;
    let block = token.session.encrypt(&Mechanism::AesEcb, key, &[0; 16])?;
    println!("{}", block.iter().map(|byte| format!("{byte:02x}")).collect::<String>());
    token.close()
}
