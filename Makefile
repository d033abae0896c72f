# Everything starts from nothing but python3 (3.11 or later), make and a package index.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Another PYTHON than the one that the environment was made with makes it anew.
READY := $(VENV)/ready$(if $(filter-out python3,$(PYTHON)),$(subst /,-,-$(PYTHON)))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The versions that pyproject.toml names.
PYTHONS := 3.11 3.12 3.13
# The tests start hundreds of processes: without byte code each one would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help test quick test-long pytest check test-pythons demo run bench fuzz recipes world mutants clean

# Seeds of simulated worlds that `make world` runs, from FIRST on.
SEEDS ?= 200
FIRST ?= 1

help:
	@echo "make demo          see it all at work on a sample site of its own, without any network"
	@echo "make run           start the daemon on config/ingestd.toml"
	@echo "make test          lint, type-check and test"
	@echo "make quick         the tests that need no processes: under a minute"
	@echo "make test-long     simulated days, which make test leaves out: some minutes"
	@echo "make test-pythons  all tests on every supported Python that this machine has"
	@echo "make bench         measure speed (several minutes)"
	@echo "make fuzz          look for inputs that break something, for some minutes"
	@echo "make recipes       run the programs of docs/recipes.md: installs pandas, polars, DuckDB and matplotlib (400 MB)"
	@echo "make world         simulate SEEDS=200 worlds of sites, and compare what is stored with what is true"
	@echo "make mutants       see whether the tests notice small changes of the code (half an hour)"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(if $(wildcard $(READY)),,--clear) $(VENV)
	$(PIP) --upgrade pip
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation --editable . --group dev
	@touch $@

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy

# Tests wait for processes and sockets at times: the type checker uses those moments.
test: $(READY)
	@$(MAKE) --no-print-directory --jobs=2 check pytest

pytest: $(READY)
	$(BIN)/python -m pytest --durations=10

quick: $(READY)
	$(BIN)/python -m pytest -m "not process and not slow and not long"

test-long: $(READY)
	$(BIN)/python -m pytest -m long --durations=10

test-pythons:
	@for version in $(PYTHONS); do \
		found=; \
		for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python; do \
			if "$$python" -c pass 2>/dev/null; then found=$$python; break; fi; \
		done; \
		if [ -z "$$found" ]; then echo "Python $$version: not on this machine"; continue; fi; \
		"$$found" -VV; \
		$(MAKE) --no-print-directory PYTHON="$$found" VENV=.venv-$$version pytest || exit 1; \
	done

demo: $(READY)
	$(BIN)/ingestd demo .demo

run: $(READY)
	$(BIN)/ingestd --config config/ingestd.toml run

bench: $(READY)
	$(BIN)/python -m tests.bench.run
	$(BIN)/python -m tests.bench.run --pages --feeds 100 --phases cold --only ingestd,plain
	$(BIN)/python -m tests.bench.identity
	$(BIN)/python -m tests.bench.pages
	$(BIN)/python -m tests.bench.archive 10000
	$(BIN)/python -m tests.bench.search
	$(BIN)/python -m tests.bench.workers --sources 2000 --hosts 200

fuzz: $(READY)
	$(BIN)/python -m pytest -m hypothesis --hypothesis-profile=random
	$(PIP) --group fuzz
	$(BIN)/python -m tests.fuzz.feeds --seconds 60

recipes: $(READY)
	$(PIP) --group recipes
	$(BIN)/python -m pytest tests/docs/test_recipes.py

world: $(READY)
	nice -n 10 $(BIN)/python -m tests.world --seeds $(SEEDS) --first $(FIRST)

mutants: $(READY)
	nice -n 10 $(BIN)/python -m tests.mutation

clean:
	rm -rf .venv .venv-* $(VENV) .demo build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .mutants
