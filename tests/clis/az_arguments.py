"""Command lines of `az`, parsed and validated by the Azure CLI itself, up to where it would call the service.

One call a line on standard input, {"folder": where, "words": arguments without `az`}; for each a line of JSON on standard output:
what the CLI was about to send to which service, or {"refused": exit status}. Needs no network and no login.
"""

import base64
import contextlib
import json
import os
import sys
import tempfile

HOME = tempfile.TemporaryDirectory(prefix="az-")
os.environ["AZURE_CONFIG_DIR"] = HOME.name
os.environ["AZURE_CORE_COLLECT_TELEMETRY"] = "0"

import azure.cli.command_modules.keyvault._client_factory as factory  # noqa: E402
from azure.cli.core import get_default_cli  # noqa: E402


class Sent(BaseException):
    """Passes through the handlers of the CLI."""


class Client:
    """In the place of the client of a vault: tells what it is asked to do."""

    def __init__(self, vault):
        self.vault = vault

    def __getattr__(self, operation):
        def call(**arguments):
            key = arguments.pop("key", None)
            if key is not None:
                names = ["kty", "crv", "key_ops", "t"]
                arguments["key"] = {name: getattr(key, name, None) for name in names}
            raise Sent({"vault": self.vault, "operation": operation} | arguments)

        return call


def client(_context, arguments):
    vault = arguments.pop("vault_base_url", None) or arguments.get("hsm_name")
    for name in ["hsm_name", "identifier"]:
        arguments.pop(name, None)
    command = arguments["cmd"].name
    if command != "keyvault key import":
        # Other commands hand their arguments to the SDK as they are.
        given = {name: value for name, value in arguments.items() if name != "cmd"}
        raise Sent({"vault": vault, "operation": command} | given)
    return Client(vault)


def refusal(error):
    """In the place of the CLI's own handler, which imports half of what Azure's SDK consists of."""
    print(f"ERROR: {error}", file=sys.stderr)
    return 1


def parsed(words):
    cli = get_default_cli()
    cli.exception_handler = refusal
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return {"refused": cli.invoke(words)}
    except Sent as sent:
        return sent.args[0]
    except SystemExit as end:
        return {"refused": end.code}


def main():
    factory.data_plane_azure_keyvault_key_client = client
    for line in sys.stdin:
        call = json.loads(line)
        os.chdir(call["folder"])
        answer = parsed(call["words"])
        print(json.dumps(answer, default=lambda data: base64.b64encode(data).decode()), flush=True)


if __name__ == "__main__":
    main()
