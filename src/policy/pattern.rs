//! Patterns over the resource names of providers: `*` is anything in one part, `**` at the end anything below.

/// Whether `text` is what `pattern` describes, part by part.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('/'), text.split('/'));
    loop {
        match (wanted.next(), parts.next()) {
            (None, None) => return true,
            (Some("**"), Some(part)) if !part.is_empty() && wanted.clone().next().is_none() => return true,
            (Some("*"), Some(part)) if !part.is_empty() => {}
            (Some(literal), Some(part)) if literal == part => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_key_ring_holds_its_keys_and_no_other() {
        let ring = "projects/p/locations/eu/keyRings/byok/**";
        assert!(matches(ring, "projects/p/locations/eu/keyRings/byok/importJobs/j"));
        assert!(!matches(ring, "projects/p/locations/eu/keyRings/byok"));
        assert!(!matches(ring, "projects/p/locations/eu/keyRings/byok2/importJobs/j"));
        assert!(matches("a/*/c", "a/b/c"));
        assert!(!matches("a/*/c", "a//c"));
        assert!(!matches("a/*/c", "a/b/b/c"));
        assert!(!matches("**", ""), "an empty name is no resource");
    }
}
