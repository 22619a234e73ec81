//! The PIN typed on the terminal, without echo and without a buffer that would keep a copy.

use std::fs::File;
use std::io::{self, Read, Write};

use rustix::fs::{Mode, OFlags};
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use crate::cli::output::escape_line;

/// The longest line that is taken.
const MAX_LINE: usize = 1024;

/// Asks without showing what is typed. The terminal is read byte by byte.
pub(super) fn ask(question: &str) -> io::Result<Zeroizing<Vec<u8>>> {
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NOCTTY;
    let mut terminal = File::from(rustix::fs::open("/dev/tty", flags, Mode::empty())?);
    // Silent before the question: whoever answers at once must not see the PIN, nor end byok with Ctrl-C half way.
    let silent = Silent::on(terminal.try_clone()?)?;
    terminal.write_all(format!("{}: ", escape_line(question)).as_bytes())?;
    let line = read_line(&mut terminal);
    drop(silent);
    terminal.write_all(b"\n")?;
    line
}

/// Reads up to the line end, with backspace and Ctrl-U; Ctrl-C and the end of input give up.
fn read_line(source: &mut impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
    let mut byte = Zeroizing::new([0_u8]);
    loop {
        if source.read(&mut *byte)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let [key] = *byte;
        match key {
            b'\n' | b'\r' => return Ok(line),
            0x03 | 0x04 => return Err(io::ErrorKind::Interrupted.into()),
            0x08 | 0x7f => erase_character(&mut line),
            0x15 => line.clear(),
            other if line.len() < MAX_LINE => line.push(other),
            _ => {}
        }
    }
}

/// Takes one UTF-8 character away: its continuation bytes and its first byte.
fn erase_character(line: &mut Vec<u8>) {
    while let Some(byte) = line.pop() {
        if byte & 0xc0 != 0x80 {
            break;
        }
    }
}

/// A terminal that neither echoes nor edits nor turns keys into signals; as before when dropped.
struct Silent {
    terminal: File,
    before: Termios,
}

impl Silent {
    fn on(terminal: File) -> io::Result<Self> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN);
        silent.special_codes[SpecialCodeIndex::VMIN] = 1;
        silent.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(typed: &[u8]) -> io::Result<Vec<u8>> {
        read_line(&mut &*typed).map(|line| line.to_vec())
    }

    #[test]
    fn the_line_is_what_was_left_of_the_keys() {
        assert_eq!(line(b"1234\rrest").unwrap(), b"1234");
        assert_eq!(line(b"12\x7f3\n").unwrap(), b"13");
        assert_eq!(line("1é\u{7f}2\n".as_bytes()).unwrap(), b"12");
        assert_eq!(line(b"99\x151\n").unwrap(), b"1");
        assert_eq!(line(b"\x7f\n").unwrap(), b"");
        assert_eq!(line(&[&[b'1'; 2000][..], b"\n"].concat()).unwrap().len(), MAX_LINE);
    }

    #[test]
    fn giving_up_is_an_error() {
        assert_eq!(line(b"12\x03").unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert_eq!(line(b"12").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
