//! What a table of types and methods does not show about a provider.

/// A limit, a quirk, or something that is not confirmed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Note {
    /// Which of the three.
    pub kind: NoteKind,
    /// One sentence or two.
    pub text: &'static str,
    /// Where it is documented, or what was tried.
    pub source: &'static str,
}

/// Kinds of notes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum NoteKind {
    /// What the provider does not take or not for long.
    Limit,
    /// What surprises people.
    Quirk,
    /// What nobody of us has seen in a document or on a server; byok does not rest on it.
    Unconfirmed,
}

impl NoteKind {
    /// `limit`, `quirk`, `unconfirmed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Limit => "limit",
            Self::Quirk => "quirk",
            Self::Unconfirmed => "unconfirmed",
        }
    }
}

impl Note {
    /// What the provider does not take or not for long.
    #[must_use]
    pub const fn limit(text: &'static str, source: &'static str) -> Self {
        Self { kind: NoteKind::Limit, text, source }
    }

    /// What surprises people.
    #[must_use]
    pub const fn quirk(text: &'static str, source: &'static str) -> Self {
        Self { kind: NoteKind::Quirk, text, source }
    }

    /// What is not confirmed.
    #[must_use]
    pub const fn unconfirmed(text: &'static str, source: &'static str) -> Self {
        Self { kind: NoteKind::Unconfirmed, text, source }
    }
}
