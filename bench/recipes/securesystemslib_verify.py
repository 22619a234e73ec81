"""securesystemslib_verify.py FOLDER KEY.pem KEYID

Verifies every DSSE envelope of a folder in one process, and prints how many are good.
"""

import json
import pathlib
import sys

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

folder, pem, keyid = sys.argv[1:]
public = {"public": pathlib.Path(pem).read_text()}
key = SSlibKey(keyid, "ecdsa", "ecdsa-sha2-nistp256", public)
good = 0
for path in sorted(pathlib.Path(folder).iterdir()):
    envelope = Envelope.from_dict(json.loads(path.read_bytes()))
    try:
        envelope.verify([key], 1)
    except VerificationError:
        continue
    good += 1
print(good)
