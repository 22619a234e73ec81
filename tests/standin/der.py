"""A reader of DER (X.690 section 10) that takes nothing but DER."""

from refusal import Refusal, require

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
NULL = 0x05
OID = 0x06
SEQUENCE = 0x30


def context(number):
    """The tag of a constructed, context-specific element."""
    return 0xA0 | number


class Reader:
    """Elements one after the other, out of one value."""

    def __init__(self, data, what):
        self.data = data
        self.what = what
        self.at = 0

    def ended(self):
        return self.at == len(self.data)

    def peek(self):
        """The tag of the next element, None at the end."""
        return None if self.ended() else self.data[self.at]

    def next(self, tag):
        """The content of the next element, which must have this tag."""
        require(self.peek() == tag, "der", f"{self.what}: tag {self.peek()} where {tag:#04x} belongs")
        length, start = self._length(self.at + 1)
        end = start + length
        require(end <= len(self.data), "truncated", f"{self.what}: {end - len(self.data)} bytes are missing")
        self.at = end
        return self.data[start:end]

    def integer(self):
        """The next element, a non-negative integer."""
        content = self.next(INTEGER)
        require(content, "der", f"{self.what}: an integer without content")
        require(content[0] < 0x80, "der", f"{self.what}: a negative integer")
        padded = len(content) > 1 and content[0] == 0 and content[1] < 0x80
        require(not padded, "der", f"{self.what}: an integer with leading zeros")
        return int.from_bytes(content, "big")

    def oid(self):
        """The next element, an object identifier, in dotted form."""
        content = self.next(OID)
        require(content and content[-1] < 0x80, "der", f"{self.what}: an object identifier without end")
        parts, value = [], 0
        for byte in content:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                parts.append(value)
                value = 0
        first = min(parts[0] // 40, 2)
        return ".".join(str(part) for part in [first, parts[0] - 40 * first, *parts[1:]])

    def inside(self, tag, what):
        """A reader of the next element's content."""
        return Reader(self.next(tag), what)

    def end(self, code="der"):
        """Nothing may follow."""
        left = len(self.data) - self.at
        require(left == 0, code, f"{left} bytes follow {self.what}: {self.data[self.at:][:8].hex()}")

    def _length(self, at):
        require(at < len(self.data), "truncated", f"{self.what}: no length")
        first = self.data[at]
        if first < 0x80:
            return first, at + 1
        count = first & 0x7F
        require(count != 0, "ber", f"{self.what}: an indefinite length")
        octets = self.data[at + 1 : at + 1 + count]
        require(len(octets) == count, "truncated", f"{self.what}: half a length")
        length = int.from_bytes(octets, "big")
        if octets[0] == 0 or length < 0x80:
            raise Refusal("ber", f"{self.what}: a length in more octets than it needs")
        return length, at + 1 + count
