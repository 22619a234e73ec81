//! What changes between two texts, line by line, for people to read before they agree.

/// The most lines of either text, between what both begin and end with, that are compared line by line. Beyond it the
/// old ones are shown as gone and the new ones as come.
const MAX_COMPARED: usize = 1500;

/// A line that changes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Line<'a> {
    /// In the old text only.
    Gone(&'a str),
    /// In the new text only.
    Come(&'a str),
}

/// The lines that are not in both texts, in the order of the texts. By a longest common subsequence of lines.
#[must_use]
pub fn difference<'a>(old: &'a str, new: &'a str) -> Vec<Line<'a>> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let (old, new) = (old.get(same..).unwrap_or_default(), new.get(same..).unwrap_or_default());
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let old = old.get(..old.len().saturating_sub(end)).unwrap_or_default();
    let new = new.get(..new.len().saturating_sub(end)).unwrap_or_default();
    if old.len().max(new.len()) > MAX_COMPARED {
        return old.iter().map(|line| Line::Gone(line)).chain(new.iter().map(|line| Line::Come(line))).collect();
    }
    walk(old, new, &lengths(old, new))
}

/// For every pair of ends the length of the longest common subsequence of the rests, row by row.
fn lengths(old: &[&str], new: &[&str]) -> Vec<Vec<u16>> {
    let mut rows = vec![vec![0_u16; new.len().saturating_add(1)]];
    for line in old.iter().rev() {
        let below = rows.last().cloned().unwrap_or_default();
        let mut row = vec![0_u16];
        // From the right: `row` and `below` are looked at back to front.
        for (index, other) in new.iter().enumerate().rev() {
            let right = row.last().copied().unwrap_or_default();
            let down = below.get(index).copied().unwrap_or_default();
            let across = below.get(index.saturating_add(1)).copied().unwrap_or_default();
            row.push(if line == other { across.saturating_add(1) } else { right.max(down) });
        }
        row.reverse();
        rows.push(row);
    }
    rows.reverse();
    rows
}

fn walk<'a>(old: &[&'a str], new: &[&'a str], lengths: &[Vec<u16>]) -> Vec<Line<'a>> {
    let at = |i: usize, j: usize| lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or_default();
    let (mut i, mut j, mut lines) = (0_usize, 0_usize, Vec::new());
    loop {
        match (old.get(i), new.get(j)) {
            (Some(a), Some(b)) if a == b => (i, j) = (i.saturating_add(1), j.saturating_add(1)),
            (Some(a), b) if b.is_none() || at(i.saturating_add(1), j) >= at(i, j.saturating_add(1)) => {
                lines.push(Line::Gone(a));
                i = i.saturating_add(1);
            }
            (_, Some(b)) => {
                lines.push(Line::Come(b));
                j = j.saturating_add(1);
            }
            (_, None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let line = |line: &Line<'_>| match line {
            Line::Gone(text) => format!("-{text}"),
            Line::Come(text) => format!("+{text}"),
        };
        difference(old, new).iter().map(line).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_changes_is_shown_and_nothing_else() {
        assert_eq!(shown("a\nb\nc", "a\nb\nc"), "");
        assert_eq!(shown("", "a\nb"), "+a +b");
        assert_eq!(shown("a\nb", ""), "-a -b");
        assert_eq!(shown("a\nb\nc\nd", "a\nx\nc\nd"), "-b +x");
        assert_eq!(shown("a\nb\nc\nd\ne", "a\nc\nd\nnew\ne"), "-b +new");
        assert_eq!(shown("one\ntwo", "two\none"), "-one +one");
    }

    #[test]
    fn long_texts_are_compared_as_a_whole() {
        let many = |word: &str| (0..2000).map(|n| format!("{word}{n}")).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(difference(&many("a"), &many("b")).len(), 4000);
        assert_eq!(difference(&many("a"), &format!("{}end\n", many("a"))), [Line::Come("end")]);
    }
}
