# Two verbs are enough: `make run` and `make test`. Every other verb is a part of them or a tool beside them.
SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := .build
RUST_SOURCES := $(shell find crates -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
PYTEST := $(BIN)/python -m pytest
# A browser that was waited for in vain is looked at once more, and the summary names it: a machine that others share
# stands still at times. What was shown wrong fails at once.
SECOND_LOOK := --reruns 1 --only-rerun 'not within' --only-rerun 'Timeout' -rR

.PHONY: build run test test-rust test-python test-web test-e2e check bench soak web dist generate lock format doctor clean

build: $(STAMP)/relay $(STAMP)/web   ## a ready environment in .venv and web/dist

$(STAMP)/python: requirements.lock pyproject.toml
	@echo "[1/3] Python 依赖 · Python packages"
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.9,<1'
	@$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/relay: $(STAMP)/python $(RUST_SOURCES)
	@echo "[2/3] 媒体转发层（首次数分钟）· media relay in Rust (some minutes the first time)"
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/uv pip install --quiet --no-build-isolation --no-deps --editable .
	@touch $@

$(STAMP)/node: web/package.json web/package-lock.json
	@echo "[3/3] 网页客户端 · web client"
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@mkdir -p $(STAMP) && touch $@

$(STAMP)/web: $(STAMP)/node $(WEB_SOURCES)
	@cd web && npm run --silent build
	@mkdir -p $(STAMP) && touch $@

web: $(STAMP)/web

run: build   ## start the server on the embedded default
	@$(BIN)/huishang serve

doctor: build
	@$(BIN)/huishang doctor

test: build test-rust test-web test-python   ## everything that shows it works

test-rust:
	cargo test --workspace --exclude relay-py --locked --quiet

test-python: $(STAMP)/relay $(STAMP)/web
	@tests/install-tools
	@# Most of these wait for peers.
	$(PYTEST) -n 3 --dist loadfile tests/rules tests/unit tests/contract tests/behaviour
	@# Browsers need the cores: where times are judged, one after the other.
	$(PYTEST) $(SECOND_LOOK) -n 2 --dist loadfile -m "not timed" tests/e2e
	$(PYTEST) $(SECOND_LOOK) -m timed tests/e2e

test-web: $(STAMP)/node $(STAMP)/web
	cd web && npm test --silent

check: build   ## linters, types, house rules, generated files
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
	cd web && npm run --silent check
	$(BIN)/python -m signaling.generate --check
	$(BIN)/python -m signaling.document --check
	$(PYTEST) -q tests/rules

generate: $(STAMP)/python   ## files made from one source
	$(BIN)/python -m signaling.generate
	$(BIN)/python -m signaling.document

format:
	$(BIN)/ruff format . && $(BIN)/ruff check --fix . ; cargo fmt --all

bench: build   ## all benchmarks, one JSON line each
	@for b in benchmarks/*.py; do case $$b in */_*) ;; *) $(BIN)/python $$b --json --quick ;; esac; done

soak: build   ## what takes long: fifty kills of recordings, fifty people recorded, weeks of a wall's life in two hours
	$(BIN)/python benchmarks/recording.py --json
	$(BIN)/python benchmarks/kiosk.py --json

dist: build   ## one wheel with the relay and the web client inside
	$(BIN)/maturin build --release --locked --out dist

lock:   ## renew the lock files of all three languages
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --no-header --no-annotate --no-emit-index-url --extra dev pyproject.toml -o requirements.lock
	cargo update
	cd web && npm update --package-lock-only

clean:
	rm -rf $(STAMP) $(VENV) target web/node_modules web/dist dist
