"""AWS as the tests have it: ministack, which unwraps for real (and aws_emulator.py, which makes it stricter), in the network
namespace that this program runs in.

    unshare --net python aws_cloud.py SOCKET

ministack listens on every interface, hence the namespace, in which nothing but loopback exists. A socket in a file
crosses namespaces: each connection brings one request, a line of JSON, and takes one answer. A request is
{"call": operation, "with": parameters} for a call by the AWS SDK, which answers what the AWS CLI would print or {"error":
code, "message": text}; or {"run": words, "cwd": folder, "env": {...}} for a program inside the namespace. Says "ready" on
standard output, and ends when its standard input does.
"""

import base64
import fcntl
import json
import os
import socket
import socketserver
import struct
import subprocess
import sys
import threading
from pathlib import Path

import botocore.session
from botocore.exceptions import ClientError, ParamValidationError

PORT = "4566"
REGION = "eu-central-1"
AWS = {
    "AWS_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def loopback():
    """Brings the interface up, as `ip link set lo up` does."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def emulator():
    """ministack, once it listens."""
    settings = {"GATEWAY_PORT": PORT, "SERVICES": "kms", "MINISTACK_REGION": REGION, "IOT_MTLS_ENABLED": "0"}
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("aws_emulator.py")],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    said = []
    for line in process.stdout:
        said.append(line)
        if "Running on" in line:
            # Nobody reads the rest, but a full pipe would stop the server.
            threading.Thread(target=lambda: [None for _ in process.stdout], daemon=True).start()
            return process
    sys.exit("ministack did not start:\n" + "".join(said))


def sdk():
    session = botocore.session.get_session()
    return session.create_client(
        "kms",
        REGION,
        endpoint_url=AWS["AWS_ENDPOINT_URL"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class Request(socketserver.StreamRequestHandler):
    def handle(self):
        request = json.loads(self.rfile.readline())
        answer = called(self.server.sdk, request) if "call" in request else ran(request)
        self.wfile.write(json.dumps(answer, default=printed).encode() + b"\n")


def called(client, request):
    parameters = {name: given(value) for name, value in request["with"].items()}
    try:
        answer = getattr(client, request["call"])(**parameters)
    except ClientError as error:
        return {"error": error.response["Error"]["Code"], "message": str(error)}
    except ParamValidationError as error:
        return {"error": "ParamValidationError", "message": str(error)}
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def given(value):
    """Bytes come as {"base64": text}."""
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value


def printed(value):
    """As the AWS CLI prints it: bytes in base64, times in ISO 8601."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def ran(request):
    environment = request["env"] | AWS
    output = subprocess.run(request["run"], cwd=request["cwd"], env=environment, stdin=subprocess.DEVNULL,
                            capture_output=True, text=True, check=False)
    return {"status": output.returncode, "stdout": output.stdout, "stderr": output.stderr}


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64


def main(path):
    loopback()
    process = emulator()
    try:
        with Server(path, Request) as server:
            server.sdk = sdk()
            threading.Thread(target=server.serve_forever, daemon=True).start()
            print("ready", flush=True)
            sys.stdin.read()
            server.shutdown()
    finally:
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(sys.argv[1])
