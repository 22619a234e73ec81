#!/bin/sh
# Brings everything the tests need onto this machine; does nothing where it is there already.
#
#   tests/setup.sh          for the tests
#   tests/setup.sh demo     for examples/demo.sh: without the two modules
#
# System packages come from apt, Python packages pinned and hashed: tests/requirements.txt, tests/requirements-vectors.txt and
# bench/requirements.txt into .cache/venv, tests/requirements-clis.txt into .cache/clis. The two PKCS#11 modules of the tests are built from
# tests/kryoptic (minutes, once) and tests/proxy (seconds).
set -eu
cd "$(dirname "$0")/.."
demo=
if [ "${1-}" = demo ]; then demo=yes; fi

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

# --- system packages: what must be there, and the package that brings it
softhsm() {
    for file in /usr/lib/softhsm/libsofthsm2.so /usr/lib/*/softhsm/libsofthsm2.so \
        /usr/lib64/pkcs11/libsofthsm2.so /usr/local/lib/softhsm/libsofthsm2.so; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

libclang() { # prints the folder
    for file in /usr/lib/llvm-*/lib/libclang*.so* /usr/lib/*/libclang*.so* /usr/lib64/libclang*.so* \
        .cache/venv/lib/python3*/site-packages/clang/native/libclang.so; do
        case $file in *libclang-cpp*) continue ;; esac
        if [ -e "$file" ]; then dirname "$file"; return 0; fi
    done
    return 1
}

p11_client() {
    for file in /usr/lib/*/pkcs11/p11-kit-client.so /usr/lib64/pkcs11/p11-kit-client.so /usr/lib/pkcs11/p11-kit-client.so; do
        if [ -e "$file" ]; then return 0; fi
    done
    return 1
}

venv_possible() { python3 -c 'import ensurepip, venv' 2>/dev/null; }

missing() {
    softhsm && command -v softhsm2-util >/dev/null || echo softhsm2
    tools='jq openssl'
    [ -n "$demo" ] || tools="$tools strace perl g++ make"
    for tool in $tools; do
        command -v "$tool" >/dev/null || echo "$tool"
    done
    venv_possible || echo python3-venv
    [ -z "$demo" ] || return 0
    command -v pkcs11-tool >/dev/null || echo opensc
    command -v ssh-keygen >/dev/null || echo openssh-client
    command -v p11-kit >/dev/null || echo p11-kit # a token behind a socket: the server
    p11_client || echo p11-kit-modules            # and its module
    command -v keytool >/dev/null || echo openjdk-17-jre-headless
    libclang >/dev/null || echo libclang1-14
}

install() {
    as_root=
    if [ "$(id -u)" -ne 0 ]; then as_root=sudo; fi
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    $as_root apt-get -qq update >&2
    $as_root apt-get -qq install --yes --no-install-recommends "$@" >&2
}

packages=$(missing)
# libclang has another number in each distribution, and PyPI has it as well: it may fail here.
required=$(echo "$packages" | grep -v '^libclang' || true)
if [ -n "$packages" ]; then
    command -v apt-get >/dev/null || fail "install by hand:" $packages
    # shellcheck disable=SC2086 # one word per package
    install $packages || install $required || fail "could not install" $packages
fi
command -v cargo >/dev/null || fail "Rust is missing"

# --- Python packages
pip_install() { # pip_install VENV REQUIREMENTS OPTION..
    venv=$1 requirements=$2
    stamp=$venv/$(echo "$requirements" | tr / -)
    if cmp -s "$requirements" "$stamp"; then return 0; fi
    say "installing Python packages of $requirements"
    [ -x "$venv/bin/python3" ] || python3 -m venv "$venv"
    shift 2
    # Not bin/pip: its first line names the folder where the environment was made, which may have been copied from there.
    "$venv/bin/python3" -m pip --quiet --disable-pip-version-check install --require-hashes --only-binary :all: "$@" \
        -r "$requirements" >&2
    cp "$requirements" "$stamp"
}

pip_install .cache/venv tests/requirements.txt
if [ -n "$demo" ]; then exit 0; fi
pip_install .cache/venv tests/requirements-vectors.txt
pip_install .cache/venv bench/requirements.txt
libclang >/dev/null || pip_install .cache/venv tests/requirements-libclang.txt
pip_install .cache/clis tests/requirements-clis.txt --no-deps --no-compile

# --- the modules; libclang alone lacks the compiler's own headers (stddef.h), gcc has them. Cargo takes both from a
# file, so that every build of tests/kryoptic sees the same values: other ones would compile OpenSSL anew.
clang=$(libclang) || fail "libclang is missing"
case $clang in /*) ;; *) clang=$PWD/$clang ;; esac
mkdir -p tests/kryoptic/.cargo
cat > tests/kryoptic/.cargo/config.toml.new <<EOF
# Written by tests/setup.sh.
[env]
LIBCLANG_PATH = { value = "$clang", force = true }
BINDGEN_EXTRA_CLANG_ARGS = { value = "-I$(gcc -print-file-name=include)", force = true }
EOF
mv tests/kryoptic/.cargo/config.toml.new tests/kryoptic/.cargo/config.toml

build() { # build FOLDER OPTION..
    folder=$1
    shift
    (cd "tests/$folder" && cargo build --quiet --locked --target-dir target "$@") || fail "tests/$folder does not build"
}

kryoptic=tests/kryoptic/target/release/libbyok_test_kryoptic.so
[ -e "$kryoptic" ] || say "building the kryoptic test token, which takes some minutes"
build kryoptic --release
build proxy
say "ready"
