"""Command lines of `aws`, parsed and validated by the AWS CLI itself, up to where it would send the request.

One call a line on standard input, {"folder": where, "words": arguments without `aws`}; for each a line of JSON on standard output:
the operation and the body of the request, or {"refused": exit status}. Needs no network and no account.
"""

import contextlib
import json
import os
import sys

for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]:
    os.environ[name] = "test"
os.environ["AWS_DEFAULT_REGION"] = "eu-central-1"

from awscli.clidriver import create_clidriver  # noqa: E402


class Sent(BaseException):
    """Passes through the handlers of the CLI."""


def parsed(words):
    driver = create_clidriver()

    def before_call(model, params, **_):
        raise Sent({"operation": model.name, "body": json.loads(params["body"])})

    driver.session.register("before-call", before_call)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return {"refused": driver.main(words)}
    except Sent as sent:
        return sent.args[0]
    except SystemExit as end:
        return {"refused": end.code}


def main():
    for line in sys.stdin:
        call = json.loads(line)
        os.chdir(call["folder"])
        print(json.dumps(parsed(call["words"])), flush=True)


if __name__ == "__main__":
    main()
