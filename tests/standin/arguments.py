"""Arguments as the services' own CLIs take them: nothing abbreviated, nothing twice, nothing unknown."""

import argparse

from refusal import Refusal


class Parser(argparse.ArgumentParser):
    """Ends with status 2, as `az` and `gcloud` do, and takes an option once."""

    def __init__(self, **options):
        super().__init__(allow_abbrev=False, add_help=False, **options)

    def option(self, *names, **settings):
        if "nargs" not in settings and settings.get("action") is None:
            settings["action"] = Once
        self.add_argument(*names, **settings)

    def error(self, message):
        raise Usage(message)


class Once(argparse.Action):
    """The CLIs let the last of several win; nobody means that."""

    def __call__(self, parser, namespace, values, option_string=None):
        seen = namespace.__dict__.setdefault("_seen", set())
        if self.dest in seen:
            parser.error(f"argument {option_string}: given twice")
        seen.add(self.dest)
        setattr(namespace, self.dest, values)


class Usage(Refusal):
    """The command line itself is wrong."""

    def __init__(self, message):
        super().__init__("usage", message)


def command(words, commands):
    """The function of the longest command that these words begin with, its name, and the words behind it."""
    for count in range(len(words), 0, -1):
        name = " ".join(words[:count])
        if name in commands:
            return commands[name], name, words[count:]
    raise Usage(f"'{' '.join(words[:4])}' is no command of this stand-in")
