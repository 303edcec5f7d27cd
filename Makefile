# `make build` and `make test` each do all of their own set-up. PYTHON names another interpreter than python3.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: build report test test-spark lint mypy sqlfluff format bench lock clean

build: $(READY) ## the warehouse, from the archive that SIMPACT_ARCHIVE names (default: the bundled sample)
	$(BIN)/dbt build

report: $(READY) ## a page of what there is and how well it does, with what changed since the last one: SIMPACT_HOME/report
	$(BIN)/simpact report

test: lint ## every check; tests/python builds the sample with all dbt tests in a folder of its own
	$(BIN)/pytest

test-spark: $(READY) ## the same tables on DuckDB and on Spark; needs Java 17 and installs the extra
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint requirements.lock --editable '.[spark]'
	$(BIN)/pytest --numprocesses=0 tests/spark

lint: $(READY)
	$(BIN)/ruff check --quiet .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/sqlfmt --check --quiet models macros tests
	@$(MAKE) --no-print-directory --jobs=2 mypy sqlfluff

# What takes a minute each, and one core.
mypy: $(READY)
	$(BIN)/mypy

sqlfluff: $(READY) ## its templater is dbt, which opens a warehouse: one in a folder that goes
	@home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && \
	SIMPACT_HOME="$$home" DBT_TARGET_PATH="$$home/target" DBT_LOG_PATH="$$home/logs" \
	$(BIN)/sqlfluff lint --disable-progress-bar models tests/singular

format: $(READY)
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .
	$(BIN)/sqlfmt --quiet models macros tests

bench: $(READY) ## benchmarks/README.md says what is measured
	$(BIN)/python benchmarks/threads.py
	$(BIN)/python benchmarks/personas.py
	$(BIN)/python benchmarks/redaction.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/collect.py

lock: ## write requirements.lock from pyproject.toml, without Spark, which `make build` does not install
	uv pip compile pyproject.toml --extra torch --extra dev --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header --quiet \
		--upgrade --output-file requirements.lock
	sed -i.old -E '/^(cuda-|nvidia-|triton=)/d' requirements.lock && rm requirements.lock.old # torch pins these itself, where its build has them

clean: ## remove the warehouse and what dbt wrote; the environment stays
	rm -rf target logs "$${SIMPACT_HOME:-.}"/simpact_*.duckdb* "$${SIMPACT_HOME:-.}"/simpact_spark

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "simpact needs Python 3.11 or newer: make PYTHON=python3.12 build")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
