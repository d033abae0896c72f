# Everything starts from nothing but python3 (3.11 or later), make and a package index.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help test demo run bench fuzz mutants check clean

help:
	@echo "make demo   see it all at work on a sample site of its own, without any network"
	@echo "make run    start the daemon on config/ingestd.toml"
	@echo "make test   lint, type-check and test"
	@echo "make bench  measure speed (several minutes)"
	@echo "make fuzz   fuzz the feed parser for a minute"
	@echo "make mutants  see whether the tests notice small changes of the code (half an hour)"

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt hatchling editables
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--no-build-isolation --editable . --group dev
	@touch $@

check: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check
	$(BIN)/python -m pytest

demo: $(VENV)/ready
	$(BIN)/ingestd demo .demo

run: $(VENV)/ready
	$(BIN)/ingestd --config config/ingestd.toml run

bench: $(VENV)/ready
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.identity
	$(BIN)/python -m tests.bench.pages
	$(BIN)/python -m tests.bench.archive 10000

fuzz: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group fuzz
	$(BIN)/python -m tests.fuzz.feeds --seconds 60

mutants: $(VENV)/ready
	nice -n 10 $(BIN)/python -m tests.mutation

clean:
	rm -rf $(VENV) .demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .mutants
