# Every target does its own set-up; needs Python 3.11 or newer with pip, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPLUNK := tests/lab_tests/splunk tests/platforms/splunk tests/conformance/hunting tests/conformance/deploying

.PHONY: help demo lab test splunk check bench content clean
help: ## Show the targets
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Huntline needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Build two customers with files and three SIEMs, deploy to one, see edits, hunt all since 2022-12-01 into build/demo/report
	$(BIN)/python tests/lab/demo.py build/demo

SIEM ?= elastic
lab: $(READY) ## Serve the victim estate as a SIEM on this machine, until Ctrl-C: elastic, or SIEM=splunk, SIEM=sentinel
	PYTHONPATH=tests $(BIN)/python -m lab --$(SIEM) build/lab

test: $(READY) ## Run the tests; the long ones are left to bench
	$(BIN)/python -m pytest -q -n auto --dist loadfile --no-loadscope-reorder -m "not bench"

splunk: $(READY) ## Run the laws that speak through splunk-sdk; its other generation: PYTHON=python3.13 VENV=build/python3.13
	$(BIN)/python -m pytest -q -n auto --dist loadfile -m "not bench" -k splunk $(SPLUNK)

check: $(READY) ## Lint, type and import checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=connectors $(BIN)/lint-imports
	$(BIN)/deptry connectors

bench: $(READY) ## Measure against the raw scan, the lab and stock pySigma; writes docs/reference/{performance,conversion}.md
	$(BIN)/python -m pytest -q -n auto -m bench
	$(BIN)/python tests/bench/run.py
	PYTHONPATH=tests $(BIN)/python tests/bench/hunting.py
	PYTHONPATH=tests $(BIN)/python tests/bench/deploying.py
	PYTHONPATH=tests $(BIN)/python tests/bench/conversion.py

content: $(READY) ## Lint the pack and regenerate what is made from it: content/, docs/reference/detections/
	$(BIN)/huntline packs lint detections/3cx-2023
	$(BIN)/huntline packs sigma detections/3cx-2023 --out content/sigma
	$(BIN)/huntline packs pages detections/3cx-2023 --out docs/reference/detections
	@for platform in elastic sentinel splunk; do \
	  $(BIN)/huntline compile detections/3cx-2023 --platform $$platform --out content/$$platform --check || exit 1; done

clean: ## Remove what the other targets made
	rm -rf $(VENV) build dist
