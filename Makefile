# `make demo` and `make test` are all a new checkout needs: both set it up first (see .ci/setup.sh).
# PYTHON=… names the Python that .venv is built with; ARGS=… goes on to the program called.

SHELL := bash
.DEFAULT_GOAL := help

BIN := .venv/bin
READY := .venv/.ready

# No window pops up while tests run; QT_QPA_PLATFORM=xcb make test shows them.
QT_QPA_PLATFORM ?= offscreen
# Two cores are what the program is made for and what its tests are planned for. A file's tests stay on one worker, so
# that what the file trains or builds for them is made once (contract/test_detectors.py: 53 s of processor time, not 81).
WORKERS ?= 2

export PYTHON

.PHONY: help
help: ## Say what can be made
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: setup
setup: $(READY) ## Install what the program and its tests need into .venv (demo and test do so themselves)

# Newer than what it depends on once everything is installed, so that the next make has nothing to do.
$(READY): pyproject.toml requirements.lock .ci/setup.sh
	@bash .ci/setup.sh
	@touch $@

.PHONY: demo
demo: $(READY) ## Train a detector on sample images, judge a folder with it, leave a report
	$(BIN)/inspector demo $(ARGS)

.PHONY: test
test: $(READY) ## Run all tests; ARGS='-k region' narrows them down
	QT_QPA_PLATFORM=$(QT_QPA_PLATFORM) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile $(ARGS)

.PHONY: wheel-test
wheel-test: $(READY) ## Build the wheel, install it away from the checkout and run it there
	QT_QPA_PLATFORM=$(QT_QPA_PLATFORM) $(BIN)/python -m pytest tests/packaging $(ARGS)

.PHONY: lint
lint: $(READY) ## Check style, format and who imports whom
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

.PHONY: types
types: $(READY) ## Check types
	$(BIN)/mypy

.PHONY: format
format: $(READY) ## Format, and mend what can be mended by itself
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: wheel
wheel: $(READY) ## Build dist/*.whl
	$(BIN)/python -m build --wheel --no-isolation

.PHONY: lock
lock: $(READY) ## Pin anew after a change of pyproject.toml; ARGS=--upgrade takes the newest
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --group dev \
	  --custom-compile-command "make lock" $(ARGS) pyproject.toml -o requirements.lock

.PHONY: clean
clean: ## Remove what was built and .venv
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
