//! The part of JSON Schema (draft 2020-12) that docs/schemas uses: type, const, enum, required, properties,
//! additionalProperties, items, oneOf. Patterns are for other readers.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The file of the schema with this name.
pub(crate) fn schema_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas").join(format!("{}.json", name.replace('/', ".")))
}

/// Fails unless the document keeps to the schema that it names.
pub(crate) fn assert_valid(document: &Value) {
    let name = document["schema"].as_str().unwrap_or_else(|| panic!("no schema field: {document}"));
    let schema = fs::read_to_string(schema_file(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let found = violations(&serde_json::from_str(&schema).unwrap(), document);
    assert!(found.is_empty(), "{name}: {found:?}\n{document:#}");
}

/// What in `value` breaks `schema`, with JSON pointers.
pub(crate) fn violations(schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, value, "", &mut found);
    found
}

fn check(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let fits = match schema["type"].as_str() {
        None => true,
        Some("array") => value.is_array(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("object") => value.is_object(),
        Some("string") => value.is_string(),
        Some(other) => panic!("the checker does not know the type {other}"),
    };
    if !fits {
        found.push(format!("{at}: not of type {}", schema["type"]));
    } else if schema.get("const").is_some_and(|constant| constant != value) {
        found.push(format!("{at}: not {}", schema["const"]));
    } else if schema["enum"].as_array().is_some_and(|values| !values.contains(value)) {
        found.push(format!("{at}: none of {}", schema["enum"]));
    }
    if let Some(forms) = schema["oneOf"].as_array() {
        let fitting = forms.iter().filter(|form| violations(form, value).is_empty()).count();
        if fitting != 1 {
            found.push(format!("{at}: {fitting} of {} forms", forms.len()));
        }
    }
    if let Value::Array(items) = value {
        items
            .iter()
            .enumerate()
            .for_each(|(index, item)| check(&schema["items"], item, &format!("{at}/{index}"), found));
    }
    if let Value::Object(members) = value {
        let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        found.extend(missing.filter(|name| !members.contains_key(*name)).map(|name| format!("{at}: no {name}")));
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(property) => check(property, member, &format!("{at}/{name}"), found),
                None if schema["additionalProperties"] == Value::Bool(false) => {
                    found.push(format!("{at}: foreign {name}"));
                }
                None => match schema.get("additionalProperties") {
                    Some(others) if others.is_object() => check(others, member, &format!("{at}/{name}"), found),
                    _ => {}
                },
            }
        }
    }
}
