//! Layer by layer: text, base64, hex, and what they stand around.

use super::keystore::alone;
use super::{
    Assumption, Content, Form, Layer, ReadError, Reading, Source, ber, blocks, der, encoding, json, keystore, openssh,
    pem, raw, text, wrapped,
};
use crate::format::lint::Finding;
use crate::format::lint::rules::form;
use crate::format::material::Material;

/// The most layers of base64 and hex.
const LAYERS: usize = 4;
/// The most readings of one file.
const READINGS: usize = 8;

/// Every reading that the assumption leaves.
pub(super) fn outermost(bytes: &[u8], assumption: Assumption) -> Result<Vec<Reading>, ReadError> {
    let scan = Scan { assumption };
    let not_that = |source| ReadError::NotThat(source);
    let mut readings = match assumption.from {
        None => scan.any(bytes, 0)?,
        Some(Source::Raw) => vec![alone(raw::key(bytes, assumption), Vec::new())],
        Some(Source::Der) => vec![whole_der(bytes)?],
        Some(Source::Pkcs12) => {
            let reading = whole_der(bytes)?;
            let is = reading.parts.iter().any(|part| part.form == Form::Pkcs12);
            if is { vec![reading] } else { return Err(not_that(Source::Pkcs12)) }
        }
        Some(Source::Wrapped) => scan.wrapped(bytes)?,
        Some(source @ (Source::Pem | Source::Jwk | Source::Hex | Source::Base64)) => scan.text_of(bytes, source)?,
    };
    if let Some(spec) = assumption.spec {
        let fits = |reading: &Reading| {
            reading.parts.iter().any(|part| match &part.content {
                Content::Key(material) => spec_of(material) == Some(spec),
                _ => false,
            })
        };
        if readings.iter().any(fits) {
            readings.retain(fits);
        }
    }
    readings.truncate(READINGS);
    readings.iter_mut().for_each(note_layers);
    Ok(readings)
}

fn spec_of(material: &Material) -> Option<crate::key::spec::KeySpec> {
    match material {
        Material::Secret(key) => key.stated,
        Material::Public(key) => key.spec(),
        Material::Private(key) => key.spec(),
    }
}

struct Scan {
    assumption: Assumption,
}

impl Scan {
    fn any(&self, bytes: &[u8], depth: usize) -> Result<Vec<Reading>, ReadError> {
        if depth > LAYERS {
            return Err(ReadError::TooMany { what: "layers of base64 or hex", limit: LAYERS });
        }
        if let Some(keystore) = keystore::java(bytes) {
            return Ok(vec![keystore]);
        }
        let decoded = text::decode(bytes);
        let readings = if text::is_text(&decoded.bytes) {
            match std::str::from_utf8(&decoded.bytes) {
                Ok(text) => self.text(text, depth)?,
                Err(_) if pem::has_block(&decoded.bytes) => vec![blocks::read(&decoded.bytes)?],
                Err(_) => self.binary(bytes)?,
            }
        } else {
            self.binary(bytes)?
        };
        Ok(readings.into_iter().map(|reading| under(reading, decoded.layer, &decoded.findings)).collect())
    }

    fn binary(&self, bytes: &[u8]) -> Result<Vec<Reading>, ReadError> {
        if ber::looks_like(bytes) { whole_der(bytes).map(|reading| vec![reading]) } else { Ok(self.raw(bytes)) }
    }

    fn raw(&self, bytes: &[u8]) -> Vec<Reading> {
        raw::readings(bytes, self.assumption)
    }

    fn text(&self, text: &str, depth: usize) -> Result<Vec<Reading>, ReadError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(ReadError::Empty);
        }
        // A block that begins a line is not inside of a JSON text.
        let begins_line = |line: &str| line.trim_start().starts_with("-----BEGIN ");
        if trimmed.starts_with(['{', '[', '"']) && !trimmed.lines().any(begins_line) {
            return json::read(trimmed).map(|reading| vec![reading]);
        }
        if pem::has_block(text.as_bytes()) {
            return blocks::read(text.as_bytes()).map(|reading| vec![reading]);
        }
        if openssh::is_public(trimmed) {
            return openssh::public(trimmed).map(|reading| vec![reading]);
        }
        match keystore::text(trimmed) {
            Some(reading) => Ok(vec![reading]),
            None => self.encoded(text, trimmed, depth),
        }
    }

    /// Hex, base64, or the text itself: what has structure is no accident; else all that the length allows.
    fn encoded(&self, text: &str, trimmed: &str, depth: usize) -> Result<Vec<Reading>, ReadError> {
        let hex = encoding::hex(trimmed);
        let marked = hex.is_some() && encoding::is_marked_hex(trimmed);
        let base64 = if marked { None } else { base64(trimmed) };
        let inner = [(hex, Layer::Hex), (base64, Layer::Base64)].into_iter();
        let inner = inner.filter_map(|(bytes, layer)| Some((self.any(&bytes?, depth.saturating_add(1)), layer)));
        let (mut readings, mut failed) = (Vec::new(), None);
        for (outcome, layer) in inner {
            match outcome {
                Ok(found) => readings.extend(found.into_iter().map(|reading| inside(layer, reading))),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        if let Some(at) = readings.iter().position(is_structured) {
            return Ok(vec![readings.swap_remove(at)]);
        }
        if let Some(error) = failed {
            return Err(error);
        }
        if !marked {
            readings.extend(self.raw(text.as_bytes()));
        }
        let sized = |reading: &Reading| reading.parts.iter().any(has_known_size);
        if readings.iter().any(sized) {
            readings.retain(sized);
        }
        Ok(readings)
    }

    /// The text that the caller says it is.
    fn text_of(&self, bytes: &[u8], source: Source) -> Result<Vec<Reading>, ReadError> {
        let decoded = text::decode(bytes);
        let text = String::from_utf8_lossy(&decoded.bytes);
        let trimmed = text.trim();
        let not_that = || ReadError::NotThat(source);
        let readings = match source {
            Source::Pem => vec![blocks::read(&decoded.bytes)?],
            Source::Jwk if !trimmed.starts_with(['{', '[']) => return Err(not_that()),
            Source::Jwk => {
                let reading = json::read(trimmed)?;
                let is = reading.parts.iter().all(|part| part.form == Form::Jwk);
                if is { vec![reading] } else { return Err(not_that()) }
            }
            Source::Hex => self.inside(&encoding::hex(trimmed).ok_or_else(not_that)?, Layer::Hex)?,
            _ => self.inside(&base64(trimmed).ok_or_else(not_that)?, Layer::Base64)?,
        };
        Ok(readings.into_iter().map(|reading| under(reading, decoded.layer, &decoded.findings)).collect())
    }

    fn inside(&self, bytes: &[u8], layer: Layer) -> Result<Vec<Reading>, ReadError> {
        let readings = self.any(bytes, 1)?;
        Ok(readings.into_iter().map(|reading| inside(layer, reading)).collect())
    }

    /// A wrapped key in any text around it; a blob is opaque, so that its own bytes are never looked into.
    fn wrapped(&self, bytes: &[u8]) -> Result<Vec<Reading>, ReadError> {
        let mut readings = self.any(bytes, 0).unwrap_or_default();
        readings.retain(|reading| {
            reading.parts.iter().any(|part| matches!(part.content, Content::Wrapped(_) | Content::Transfer(_)))
        });
        if readings.is_empty() {
            let wrapped = wrapped::wrapped(bytes).ok_or(ReadError::NotThat(Source::Wrapped))?;
            let content = Content::Wrapped(wrapped);
            let part =
                super::Part { place: String::new(), form: Form::Wrapped, content, name: None, beside: Vec::new() };
            readings.push(alone(part, Vec::new()));
        }
        Ok(readings)
    }
}

fn whole_der(bytes: &[u8]) -> Result<Reading, ReadError> {
    let mut findings = Vec::new();
    let part = der::part(bytes, "", &mut findings)?;
    Ok(Reading { layers: vec![Layer::Der], parts: vec![part], findings })
}

/// Base64 of something. Blanks inside a line are for prose.
fn base64(text: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    let compact = encoding::compact_base64(text).ok()?;
    let prose = text.lines().any(|line| line.trim().contains([' ', '\t']));
    let bytes = encoding::base64(&compact).ok()?;
    (!bytes.is_empty() && (!prose || ber::looks_like(&bytes))).then_some(bytes)
}

/// Whether it is more than bytes.
fn is_structured(reading: &Reading) -> bool {
    !reading.parts.iter().all(|part| matches!(part.form, Form::Raw | Form::Wrapped | Form::Other))
}

/// Whether a key of this size, or a blob, exists.
fn has_known_size(part: &super::Part) -> bool {
    match &part.content {
        Content::Key(Material::Secret(key)) => !raw::types(key.value.len()).is_empty(),
        Content::Named { .. } => false,
        _ => true,
    }
}

fn inside(layer: Layer, mut reading: Reading) -> Reading {
    reading.layers.insert(0, layer);
    reading
}

/// Text around text is one layer more than an importer takes off.
fn note_layers(reading: &mut Reading) {
    let text = |layer: &&Layer| matches!(layer, Layer::Base64 | Layer::Hex | Layer::Pem);
    let layers: Vec<String> = reading.layers.iter().filter(text).map(ToString::to_string).collect();
    if layers.len() > 1 {
        reading.findings.push(Finding::new(&form::NESTED_TEXT, "", layers.join(" around ")));
    }
}

fn under(mut reading: Reading, layer: Option<Layer>, findings: &[Finding]) -> Reading {
    if let Some(layer) = layer {
        reading.layers.insert(0, layer);
    }
    reading.findings.splice(0..0, findings.iter().cloned());
    reading
}
