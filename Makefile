# Redress. `make run` starts the whole platform on this machine; `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help setup run test unit check format mutants clean
SHELL := /bin/sh
PY := .venv/bin/python
# A service that compiles what it imports takes three times as long to start: byte code is kept, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

# Each of the N processes has servers of its own and takes whole files. A part (T) is tried in one, where a debugger works.
N := $(if $(T),1,2)
PARALLEL = $(if $(filter-out 1,$(N)),-n $(N) --dist loadscope --no-loadscope-reorder)

help: ## Show what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

setup: ## Virtual environment, locked packages, page assets (again: nothing to do)
	@PYTHON="$(PYTHON)" deploy/bootstrap/setup.sh
	@$(PY) -m deploy.assets.build

run: setup ## The whole platform on this machine, until Ctrl-C (UP="--no-sample --ports-from 9080")
	@exec $(PY) -m redress up $(UP)

test: setup ## Every test, on a real broker, a real store and a real browser (T="tests/deploy -k mongod", N=1)
	@$(PY) -m deploy.local.kafka_jars
	@$(PY) -m deploy.bootstrap.chromium || true
	@$(PY) -m deploy.bootstrap.promtool || true
	@exec $(PY) -m pytest $(PARALLEL) $(T)

unit: setup ## What needs no server and tries no hundreds of examples, in under a minute (T as above)
	@exec $(PY) -m pytest -m "not servers and not hypothesis and not slow" $(PARALLEL) $(T)

check: setup ## Style, types, import rules and contracts
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	.venv/bin/lint-imports
	@if [ -f redress/cli/contracts.py ]; then set -x; $(PY) -m redress contracts --check; fi

format: setup ## Put the sources into form
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

mutants: setup ## Change the code that counts days, and show which changes no test sees (some minutes)
	@exec $(PY) -m benchmarks.mutants

clean: ## Remove what was built; .venv and the records in .redress stay
	rm -rf build mutants *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
