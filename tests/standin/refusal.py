"""Why something is not taken: a code that tests compare, and a sentence."""


class Refusal(Exception):
    """A defect of what was given; `code` names it once and for all."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self):
        return f"[{self.code}] {self.message}"


def require(condition, code, message):
    """Refuses unless the condition holds."""
    if not condition:
        raise Refusal(code, message)
