# The one list of what can be done here; .ci/run calls `check` and `test` of this same file.
# Each target sets up what it needs first: .venv from the hashed locks, and for tests PostgreSQL and Java.

PYTHON ?= python3
BIN := .venv/bin
# `make test T=tests/values` runs a part; `make test DB=sqlite` one database.
T ?=
DB ?= both

.DEFAULT_GOAL := help
.PHONY: help demo dev test check format docs bench prove lock clean setup-run setup-dev

help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 16

demo: setup-run ## make up a store, record its history, write and show the report (ORDERS=file: your own orders)
	@$(BIN)/perennial demo $(if $(ORDERS),--orders "$(ORDERS)")

dev: setup-dev ## set up everything a developer needs
	@echo "Ready. $(BIN)/perennial --help shows the commands; make help the rest."

test: setup-dev ## run every test, those with a database on SQLite and on PostgreSQL
	@$(BIN)/pytest --db $(DB) $(T)

check: setup-dev ## format, lint, types, import contracts, file sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	PERENNIAL_HOME=.mypy_cache/home $(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tools.sizes

format: setup-dev ## format the sources and mend what lint can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: setup-dev ## write the parts of docs/*.md that follow from the code
	@$(BIN)/python -m tools.definitions

bench: setup-dev ## measure speed and memory against the bare tools (ONLY=name: one of them)
	@$(BIN)/python -m bench $(ONLY)

prove: setup-dev ## run one promise at its full numbers: make prove P=P07
	@test -n "$(P)" || { echo "Which promise? make prove P=P07"; exit 2; }
	@$(BIN)/python -m prove $(P)

lock: setup-run ## write the locks anew from pyproject.toml (UPGRADE=1: newest versions)
	@$(BIN)/python -m tools.lock $(if $(UPGRADE),--upgrade)

clean: ## remove what set-up and runs made here, but never the data
	rm -rf .venv .parts .mypy_cache .ruff_cache .import_linter_cache .hypothesis build dist

setup-run:
	@$(PYTHON) tools/setup.py run

setup-dev:
	@$(PYTHON) tools/setup.py dev
