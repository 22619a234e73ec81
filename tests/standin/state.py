"""What a service remembers: JSON files below the folder that $STANDIN_STATE names, one for each resource."""

import json
import os
import tempfile
from datetime import datetime, timezone
from pathlib import Path

from refusal import Refusal


def root(service):
    """The folder of one service."""
    named = os.environ.get("STANDIN_STATE")
    if not named:
        raise Refusal("login", "STANDIN_STATE names no folder: run the login command of the test")
    return Path(named) / service


def record(words):
    """Notes a call: where, and with which arguments."""
    with open(root("calls"), "a") as calls:
        calls.write(json.dumps({"folder": os.getcwd(), "words": words}) + "\n")


def read(path):
    """A resource, or None."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def create(path, resource):
    """Writes a resource that must not exist yet; False when it does. Two processes never both succeed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
        json.dump(resource, file, indent=1)
    try:
        os.link(file.name, path)
    except FileExistsError:
        return False
    finally:
        os.unlink(file.name)
    return True


def replace(path, resource):
    """Writes a resource in the place of an older one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False) as file:
        json.dump(resource, file, indent=1)
    os.replace(file.name, path)


def now():
    return datetime.now(timezone.utc)


def timestamp(moment):
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def passed(text):
    """Whether this time is over."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) <= now()
