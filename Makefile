# Every target does the set-up that it needs: Python 3.11 with venv is all that must be there.
PYTHON ?= python3.11
BIN := .venv/bin
STAMP := .venv/.setup-done
export METERHOUSE_HOME ?= $(CURDIR)/data

.DEFAULT_GOAL := help
.PHONY: help setup demo dev test test-long check format twice bench docs new-metric metric constraints

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## Make the environment in .venv, with the pinned versions
$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "setup: installing the pinned versions into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup ## Three months of a small company, from events to final invoices
	@$(BIN)/python -m demo

dev: setup ## The web interface of the pipeline (assets, runs, schedules) on port 3000
	@mkdir -p "$(METERHOUSE_HOME)/dagster"
	@ln -sfn "$(CURDIR)/dagster.yaml" "$(METERHOUSE_HOME)/dagster/dagster.yaml"
	@DAGSTER_HOME="$(abspath $(METERHOUSE_HOME))/dagster" $(BIN)/dagster dev $(DEV_OPTIONS)

test: setup ## All tests but the long ones
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --ignore tests/long --ignore tests/upgrade

LONG ?= tests/long tests/upgrade
test-long: setup ## Whole runs: kills, full disks, hostile files, holds, voids, proofs, upgrades, the wheel; or a part: LONG=tests/long/test_verify.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(LONG)

check: setup ## Lint, format and types of Python, lint of SQL, pages that `make docs` writes
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests
	@$(BIN)/python -m tests.docs --check

format: setup ## Put Python and SQL into the house's format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/sqlfluff fix --disable-progress-bar --processes 2 dbt_project/models dbt_project/tests

twice: setup ## Build a small scenario twice on the same data and compare every byte of the marts
	@$(BIN)/python -m tests.twice

bench: setup ## Measure everything, tables and plot: small sizes; SIZE=full: those of the goals
	@$(BIN)/python -m benchmarks $(if $(filter full,$(SIZE)),--full)

new-metric: setup ## Skeleton of a new metric: make new-metric NAME=gpu_hours
	@$(BIN)/python -m meterhouse.metrics.scaffold "$(NAME)"

metric: setup ## Run the unit tests of one metric: make metric NAME=llm_tokens VERSION=2
	@$(BIN)/python -m meterhouse.metrics.try_out "$(NAME)" "$(VERSION)"

docs: setup ## Write the pages and lists of docs/ that follow from other files
	@$(BIN)/python -m tests.docs

constraints: ## Write constraints.txt from the environment as it is
	@{ sed -n 1p constraints.txt; $(BIN)/python -m pip freeze --exclude-editable; } > .venv/constraints
	@mv .venv/constraints constraints.txt
