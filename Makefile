# Two commands do all set-up: `make demo` and `make test`. Needed beforehand: python3 with venv, make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test format lint types rooms docs unit package lock lock-check clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(STAMP): requirements.lock pyproject.toml
	@echo "installing into $(VENV), once: about half a minute"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --editable .
	@touch $@

install: $(STAMP) ## make the environment in .venv

demo: $(STAMP) ## run the main job against a CRM on this machine
	@$(BIN)/toprelatie demo --once

test: lock-check format lint types rooms docs unit ## run every gate; pytest comes last

format: $(STAMP)
	@$(BIN)/ruff format --check --quiet .

lint: $(STAMP)
	@$(BIN)/ruff check --quiet .

types: $(STAMP)
	@$(BIN)/mypy .

rooms: $(STAMP)
	@$(BIN)/lint-imports

docs: $(STAMP) ## check the documentation and build its site into docs/_build
	@$(BIN)/python tests/docs/check.py
	@$(BIN)/python tests/docs/architecture.py
	@$(BIN)/python -m sphinx --builder html --fail-on-warning --quiet --fresh-env docs docs/_build

unit: $(STAMP)
	@$(BIN)/python -m pytest -q --numprocesses auto --dist loadfile --cov --cov-report=term:skip-covered

package: ## install into a fresh environment as the image does, and run it there
	@PYTHON=$(PYTHON) bash .ci/package

# The second lock is what the service itself needs: the pins of the first, without the tools.
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml
RUNTIME := $(COMPILE) --constraints requirements.lock

lock: $(STAMP) ## write both lock files anew from pyproject.toml
	@$(COMPILE) --all-extras -o requirements.lock
	@$(RUNTIME) -o requirements.runtime.lock

lock-check: $(STAMP) ## fail when a lock file does not pin what pyproject.toml asks for
	@cp requirements.lock $(VENV)/lock.txt && $(COMPILE) --all-extras -o $(VENV)/lock.txt
	@cp requirements.runtime.lock $(VENV)/runtime.txt && $(RUNTIME) -o $(VENV)/runtime.txt
	@diff -q requirements.lock $(VENV)/lock.txt >/dev/null || { echo "requirements.lock is stale: run make lock"; exit 1; }
	@diff -q requirements.runtime.lock $(VENV)/runtime.txt >/dev/null || { echo "requirements.runtime.lock is stale: run make lock"; exit 1; }

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache docs/_build
