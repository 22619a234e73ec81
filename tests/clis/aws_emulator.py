"""ministack with rules of AWS that it lacks: a key takes other material than it ever had only as NEW_KEY_MATERIAL, and
only if it is a symmetric encryption key; such material is current after RotateKeyOnDemand, and not before; and
ListKeyRotations shows all materials with their states and descriptions. An import token serves more than once.

What it still lacks: earlier material decrypts nothing any more, and there is no limit of rotations.

https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html, IncorrectKeyMaterialException
https://docs.aws.amazon.com/kms/latest/APIReference/API_RotateKeyOnDemand.html, KMSInvalidStateException
https://docs.aws.amazon.com/kms/latest/APIReference/API_RotationsListEntry.html
"""

import contextvars
import hashlib
import json

from ministack.app import main
from ministack.services import kms

request = contextvars.ContextVar("request")
import_key_material = kms._import_key_material
store_imported_material = kms._store_imported_material
handle_request = kms.handle_request


def importing(data):
    request.set(data)
    key = kms._resolve_key(data.get("KeyId", "")) or {}
    parameters = {name: value for name, value in key.items() if name.startswith("_import_")}
    answer = import_key_material(data)
    key.update(parameters)
    return answer


def listed(key, state):
    """The state of a material, which comes with the description of its import."""
    entry = {"KeyId": key["Arn"], "ImportState": "IMPORTED", "KeyMaterialState": state}
    description = request.get().get("KeyMaterialDescription")
    if description:
        entry["KeyMaterialDescription"] = description
    key.setdefault("_materials", []).append(entry)


def storing(key, material):
    known = key.setdefault("_known_material", set())
    digest = hashlib.sha256(material).digest()
    symmetric = key.get("KeySpec", "SYMMETRIC_DEFAULT") == "SYMMETRIC_DEFAULT"
    new = symmetric and request.get().get("ImportType") == "NEW_KEY_MATERIAL"
    if known and (digest in known) == new:
        message = "The key material does not match the expected key material."
        return kms.error_response_json("IncorrectKeyMaterialException", message, 400)
    if known and new:
        known.add(digest)
        key["_pending_material"] = material
        listed(key, "PENDING_ROTATION")
        return None
    refusal = store_imported_material(key, material)
    if not refusal and not known:
        listed(key, "CURRENT")
    if not refusal:
        known.add(digest)
    return refusal


def rotating(data):
    key = kms._resolve_key(data.get("KeyId", ""))
    if not key:
        return kms.error_response_json("NotFoundException", "There is no such key.", 400)
    material = key.pop("_pending_material", None)
    if material is None:
        return kms.error_response_json("KMSInvalidStateException", "No new key material is pending rotation.", 400)
    key["_symmetric_key"] = material
    after = {"CURRENT": "NON_CURRENT", "PENDING_ROTATION": "CURRENT"}
    for entry in key["_materials"]:
        entry["KeyMaterialState"] = after.get(entry["KeyMaterialState"], entry["KeyMaterialState"])
    return kms.json_response({"KeyId": key["Arn"]})


def listing(data):
    """All of them, which is what ALL_KEY_MATERIAL asks for; there is no second page."""
    key = kms._resolve_key(data.get("KeyId", ""))
    if not key:
        return kms.error_response_json("NotFoundException", "There is no such key.", 400)
    return kms.json_response({"Rotations": key.get("_materials", []), "Truncated": False})


async def handling(method, path, headers, body, query_params):
    for operation, answer in ((".RotateKeyOnDemand", rotating), (".ListKeyRotations", listing)):
        if headers.get("x-amz-target", "").endswith(operation):
            return answer(json.loads(body))
    return await handle_request(method, path, headers, body, query_params)


if __name__ == "__main__":
    # The table of actions looks the functions up on each request.
    kms._import_key_material = importing
    kms._store_imported_material = storing
    kms.handle_request = handling
    main()
