# Two commands matter: `make demo` and `make test`. Each sets up .venv first, where that is not done yet.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help demo test format docs systems clean browser postgresql

BIN := .venv/bin
READY := .venv/ready
PYTHONS := python3.11 python3 python3.12 python3.13 python3.14
PYTHON ?= $(shell for python in $(PYTHONS); do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
PROGRAMS := util-linux cadical minisat gcc-12 clang-14 binutils valgrind postgresql-15 qemu-user-static openjdk-17-jdk-headless
APT_INSTALL := DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends >/dev/null

help: ## print this list
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

demo: $(READY) ## the main job on a real SQLite: fit, predict, tune, report
	@$(BIN)/python experiments/00_main_job/run.py

test: $(READY) browser postgresql ## everything that is checked: style, types, layers, tests, documentation
	@$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest --numprocesses auto --maxprocesses 4

format: $(READY) ## lay out the code, and mend what ruff can mend
	@$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(READY) ## the documentation as a site in build/site
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --editable '.[docs]'
	$(BIN)/mkdocs build --strict --quiet

systems: ## the programs that systems measure, as far as Debian has them (as root)
	@apt-get update -qq
	$(APT_INSTALL) $(PROGRAMS)

clean: ## remove .venv and all caches
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

# .venv/unfinished stands from the first file of an installation to its last: a .venv that has it is built anew.
$(READY): pyproject.toml
	@if [ -z "$(PYTHON)" ]; then
		echo "no Python 3.11 or newer among $(PYTHONS): install one, or say where it is: make PYTHON=/path/to/python3.11" >&2
		exit 1
	fi
	[ ! -e .venv/unfinished ] || rm -rf .venv
	if [ ! -x $(BIN)/python ] && ! $(PYTHON) -c 'import ensurepip' 2>/dev/null; then
		package=$$($(PYTHON) -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
		if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
			echo "$(PYTHON) cannot make virtual environments: run 'sudo apt-get install $$package', then make again" >&2
			exit 1
		fi
		apt-get update -qq
		$(APT_INSTALL) $$package
	fi
	echo "Installing transferperf and the libraries it needs into .venv; once, it takes some minutes"
	mkdir -p .venv
	touch .venv/unfinished
	[ -x $(BIN)/python ] || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --editable '.[dev]'
	mv .venv/unfinished $@

# Tests that look at a report as a reader does need a browser; without one they are skipped.
browser:
	@if command -v chromium >/dev/null; then exit 0; fi
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -qq && $(APT_INSTALL) chromium && exit 0
	fi
	echo "no chromium: tests that need a browser are skipped; 'sudo apt-get install chromium' brings it"

# A store on PostgreSQL is tested on a server that the tests start; without one these tests are skipped.
postgresql:
	@if compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null; then exit 0; fi
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		apt-get update -qq && $(APT_INSTALL) postgresql && exit 0
	fi
	echo "no PostgreSQL: tests that need a server are skipped; 'sudo apt-get install postgresql' brings it"
