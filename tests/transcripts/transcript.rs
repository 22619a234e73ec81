//! A console transcript: prose, commands, and what they print.

use std::fmt::Write as _;

use crate::world::World;

/// A transcript without its old output.
#[derive(Debug)]
pub(crate) struct Transcript<'a>(Vec<Part<'a>>);

#[derive(Debug)]
enum Part<'a> {
    /// A line outside a console block, or the line that opens or closes one.
    Prose(&'a str),
    /// A command, a line each; all but the first were typed after `> `.
    Command(Vec<&'a str>),
}

impl<'a> Transcript<'a> {
    /// Keeps prose and commands.
    pub(crate) fn parse(text: &'a str) -> Self {
        let mut parts = Vec::new();
        let mut inside = false;
        for line in text.lines() {
            if line.starts_with("```") {
                inside = line == "```console";
                parts.push(Part::Prose(line));
            } else if !inside {
                parts.push(Part::Prose(line));
            } else if let Some(first) = line.strip_prefix("$ ") {
                parts.push(Part::Command(vec![first]));
            } else if let (Some(more), Some(Part::Command(lines))) = (line.strip_prefix("> "), parts.last_mut()) {
                lines.push(more);
            }
        }
        Self(parts)
    }

    /// Runs every command in `world`; returns the transcript with what they printed.
    pub(crate) fn run(&self, world: &World) -> String {
        let mut text = String::new();
        for part in &self.0 {
            match part {
                Part::Prose(line) => text.extend([line, "\n"]),
                Part::Command(lines) => {
                    let (printed, status) = world.shell(&lines.join("\n"));
                    let _ = writeln!(text, "$ {}", lines.join("\n> "));
                    text.push_str(&printed);
                    if !(printed.is_empty() || printed.ends_with('\n')) {
                        text.push('\n');
                    }
                    if status != 0 {
                        let _ = writeln!(text, "? {status}");
                    }
                }
            }
        }
        text
    }
}
