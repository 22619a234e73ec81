//! What the tables do not show. Each was read on the date of the tables; nothing of this was tried on Azure itself.

use super::super::Note;

const BYOK: &str = "https://learn.microsoft.com/azure/key-vault/keys/hsm-protected-keys-byok";
const SPECIFICATION: &str = "https://learn.microsoft.com/azure/key-vault/keys/byok-specification";
const CLI: &str = "azure-cli 2.91.0, its own help and validators";

pub(in super::super) const KEK: Note = Note::limit(
    "The wrapping key (KEK) is RSA-HSM with the key operation import and no other, in the vault or HSM of the key.",
    BYOK,
);
pub(in super::super) const PREMIUM: Note = Note::limit("Premium vaults only: the others have no HSM.", BYOK);
pub(in super::super) const NO_SYMMETRIC: Note = Note::limit(
    "No symmetric keys: vaults hold them as a preview, and the import of them is documented for Managed HSM only.",
    "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details, and byok-specification beside it",
);
pub(in super::super) const TDE: Note = Note::limit(
    "Azure SQL takes RSA keys of 2048 and 3072 bits only for transparent data encryption.",
    "https://learn.microsoft.com/azure/azure-sql/database/transparent-data-encryption-byok-overview",
);
pub(in super::super) const LUNA: Note =
    Note::limit("RSA-4096 keys from a Luna HSM take firmware 7.4.0 or newer.", BYOK);
pub(in super::super) const SHA1: Note =
    Note::quirk("OAEP is with SHA-1, and nothing else can be chosen.", SPECIFICATION);
pub(in super::super) const VERSIONS: Note = Note::quirk(
    "An import under a name that is taken adds a version, which becomes the current one; a version cannot be deleted \
     alone.",
    CLI,
);
pub(in super::super) const ROTATE: Note = Note::quirk(
    "`az keyvault key rotate` and rotation policies make the next version in Azure: that version is not your own key.",
    "https://learn.microsoft.com/azure/key-vault/keys/how-to-configure-key-rotation",
);
pub(in super::super) const SPELLING: Note =
    Note::quirk("The documents show --kty EC-HSM --curve-name; the CLI takes --kty EC --curve.", CLI);
pub(in super::super) const PEM: Note = Note::quirk(
    "`az keyvault key download` writes a PEM that shows neither the kid nor the key operations; \
     `az keyvault key show` prints all.",
    CLI,
);
pub(in super::super) const HSMS: Note =
    Note::quirk("The list of supported HSMs says for which Microsoft gives support; the format names no maker.", BYOK);
pub(in super::super) const EC_FORM: Note = Note::unconfirmed(
    "Whether an EC key in PKCS#8 is taken without its public key, as some tokens write it.",
    "no document says it",
);
pub(in super::super) const KEK_TIMES: Note = Note::unconfirmed(
    "Whether a KEK takes imports before its start and after its end; byok refuses both.",
    "https://learn.microsoft.com/azure/key-vault/keys/about-keys-details",
);
