//! Verifies ECDSA P-256 signatures over prepared messages, and nothing else: no JSON, no base64, no files in the loop.
//!
//! MESSAGES holds, one after the other, the length of a message (4 bytes, big-endian), the message, and in the same
//! way its DER signature. KEY is the uncompressed point. It prints how many signatures are good, and the nanoseconds
//! that the loop alone took.

use std::time::Instant;

use byok_bench::{Result, arguments};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

fn main() -> Result<()> {
    let [messages, key, threads] = arguments("bare_verify MESSAGES KEY THREADS")?;
    let (bytes, key) = (std::fs::read(messages)?, std::fs::read(key)?);
    let signed = read(&bytes)?;
    let part = signed.len().div_ceil(threads.parse()?).max(1);
    let start = Instant::now();
    let good: usize = std::thread::scope(|scope| {
        let parts: Vec<_> = signed.chunks(part).map(|part| scope.spawn(|| count_good(part, &key))).collect();
        parts.into_iter().map(|part| part.join().unwrap_or(0)).sum()
    });
    println!("{good} {}", start.elapsed().as_nanos());
    Ok(())
}

fn count_good(signed: &[(&[u8], &[u8])], key: &[u8]) -> usize {
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, key);
    signed.iter().filter(|(message, signature)| key.verify(message, signature).is_ok()).count()
}

fn read(mut bytes: &[u8]) -> Result<Vec<(&[u8], &[u8])>> {
    let mut signed = Vec::new();
    while !bytes.is_empty() {
        signed.push((field(&mut bytes)?, field(&mut bytes)?));
    }
    Ok(signed)
}

fn field<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let (length, rest) = bytes.split_first_chunk().ok_or("cut short")?;
    let length = usize::try_from(u32::from_be_bytes(*length))?;
    let (field, rest) = rest.split_at_checked(length).ok_or("cut short")?;
    *bytes = rest;
    Ok(field)
}
