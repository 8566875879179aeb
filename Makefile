# Two commands do all set-up: `make demo` and `make test`. Needed beforehand: python3 with venv, make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo test format lint types rooms docs unit lock lock-check clean

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

docs: $(STAMP)
	@$(BIN)/python tests/docs/check.py

unit: $(STAMP)
	@$(BIN)/python -m pytest -q --cov --cov-report=term:skip-covered

COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --all-extras pyproject.toml

lock: $(STAMP) ## write requirements.lock anew from pyproject.toml
	@$(COMPILE) -o requirements.lock

lock-check: $(STAMP) ## fail when requirements.lock does not pin what pyproject.toml asks for
	@cp requirements.lock $(VENV)/lock.txt && $(COMPILE) -o $(VENV)/lock.txt
	@diff -q requirements.lock $(VENV)/lock.txt >/dev/null || { echo "requirements.lock is stale: run make lock"; exit 1; }

clean: ## remove the environment and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
