//! Opens a token, finds one secret key and leaves: what every command on a token costs at least.

use byok_bench::{Result, Token, arguments};
use cryptoki::object::ObjectClass;

fn main() -> Result<()> {
    let [module, token, key] = arguments("bare_open MODULE TOKEN KEY")?;
    let token = Token::open(&module, &token)?;
    token.find(ObjectClass::SECRET_KEY, &key)?;
    token.close()
}
