#!/bin/sh
# Third step, with the provider's credentials and without the token: imports each bundle, and saves what the provider
# answers for the step that confirms.
#
# Wanted: the bundles, signer.pem (the public half of the evidence signer, from the repository or another channel than the
# bundles), byok for the check, the provider's client. A bundle that cannot be imported keeps no other from its import.
# Typed again, it imports nothing twice: each import.sh leaves BUNDLE.imported beside its bundle, so keep these with the
# bundles. Of several versions of a key that wait for one target the newest is imported, and no other. Exit code: 0 when every bundle is imported, now or before; else the one of the first that is not: 3 asks for
# people, 4 for another run, anything else is what byok or the provider's client ended with.
#
# Tried with OpenBao. What the other clients are asked is what `byok providers show` names as their answers.
set -eu
: "${OUT:=bundles}" "${ANSWERS:=answers}" "${SIGNER:=signer.pem}"

member() {
    sed -n "s/^  \"$1\": \"\(.*\)\",*\$/\1/p" "$2/bundle.json"
}

# The answers about the key that a bundle went to, as files of a folder.
ask() {
    target=$(member target "$1")
    case "$(member provider "$1")" in
    openbao)
        # The path stands in import.sh, with its mount.
        path=$(sed -n "s/^key='\(.*\)'\$/\1/p" "$1/import.sh")
        if command -v bao >/dev/null 2>&1; then cli=bao; else cli=vault; fi
        "$cli" read -format=json "$path" >"$2/key.json"
        ;;
    aws-kms)
        aws kms describe-key --key-id "$target" >"$2/key.json" || return
        case "$(member algorithm "$1")" in
        RSA_* | ECC_*) aws kms get-public-key --key-id "$target" >"$2/public.json" ;;
        esac
        ;;
    azure-key-vault | azure-managed-hsm) az keyvault key show --id "$target" >"$2/key.json" ;;
    google-cloud-kms)
        # "HASH version 7", as import.sh waited for it.
        read -r _ _ version <"$1.imported" || return
        gcloud kms keys versions describe "$target/cryptoKeyVersions/$version" --format json >"$2/key.json"
        ;;
    *)
        echo "$1: no answer is known of this provider: confirm it by hand" >&2
        ;;
    esac
}

# Whether the bundle is one that rotate made for the target whose name its folder has. Two targets can have keys of one name.
is_for_target() {
    sed -n 's/.*"payload": *"\([^"]*\)".*/\1/p' "$1/manifest.dsse.json" | base64 -d | tr -d ' \n' |
        grep -qF "\"targetId\":\"$(basename -- "$1")\""
}

one() {
    byok verify "$1" --trust "$SIGNER" >/dev/null || return
    sh "$1/import.sh" </dev/null || return
    # NAME@N/TARGET, as below OUT.
    answer=$ANSWERS/$(member keyVersion "$1")/$(basename -- "$1")
    [ ! -d "$answer" ] || return 0
    rm -rf "$answer.part"
    mkdir -p "$answer.part" || return
    member provider "$1" >"$answer.part/provider" || return
    if is_for_target "$1"; then basename -- "$1" >"$answer.part/target-id"; fi
    ask "$1" "$answer.part" || return
    mv "$answer.part" "$answer"
}

# Whether a later version of the key has a bundle for the same target. One that nobody began to import stays outside then:
# it was given up, or never needed.
is_overtaken() {
    [ ! -e "$1.imported" ] && [ ! -e "$1.importing" ] || return 1
    here=$(dirname -- "$1")
    for other in "${here%@*}"@*/"$(basename -- "$1")"/bundle.json; do
        there=$(dirname -- "$(dirname -- "$other")")
        case ${there##*@} in '' | *[!0-9]*) continue ;; esac
        [ "${there##*@}" -le "${here##*@}" ] || return 0
    done
    return 1
}

[ -d "$OUT" ] || { echo "there is no folder $OUT: nothing to import" >&2; exit 0; }
find "$OUT" -name bundle.json | sort -V >import.list
worst=0
while IFS= read -r list; do
    bundle=$(dirname -- "$list")
    if is_overtaken "$bundle"; then
        echo "$bundle: a later version goes to the same target; not imported" >&2
        continue
    fi
    code=0
    one "$bundle" || code=$?
    if [ "$code" -ne 0 ]; then
        echo "$bundle: not imported, exit code $code" >&2
        [ "$worst" -ne 0 ] || worst=$code
    fi
done <import.list
exit "$worst"
