# Routebook. `make run` and `make test` are the two commands; the others are a developer's.
PYTHON ?= python3
PY := .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help packages planner fonts setup node front run test quick lint format types unit browser bench comparison screenshots soak lock audit clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' Makefile

packages: ## the Python packages of requirements.txt into .venv
	@$(PYTHON) bin/set_up_python.py

planner: packages ## the planner's search kernels, compiled (the server starts without)
	@$(PY) bin/warm_planner.py

fonts: packages ## a font with Chinese letters for PDF files, where the machine has none
	@$(PY) bin/set_up_fonts.py

setup: packages planner fonts ## the Python packages, the planner's kernels compiled, a font

node: packages ## a Node.js of version 22 or newer, and the packages of pwa/
	@$(PY) bin/set_up_node.py

front: node fonts ## the front end, built when its sources changed
	@$(PY) bin/build_front_end.py

run: front ## set up everything and serve at http://localhost:8000 (HOST, PORT, ROUTEBOOK_DATA, ROUTEBOOK_DATABASE_URL)
	@exec $(PY) -m server.run

test: packages fonts ## set up everything and run every check and test
	@$(PY) bin/check.py all

quick: packages fonts ## every check and test that needs no browser
	@$(PY) bin/check.py quick

lint: packages ## ruff, import contracts, eslint, prettier
	@$(PY) bin/check.py lint

types: packages ## mypy and vue-tsc
	@$(PY) bin/check.py types

unit: packages fonts ## pytest without a browser, and vitest
	@$(PY) bin/check.py unit

browser: packages fonts ## the tests in a real browser
	@$(PY) bin/check.py browser

format: node ## let ruff and prettier write
	@$(PY) bin/check.py format

bench: front planner ## figures, one JSON object a line on stdout (ONLY=prefix)
	@$(PY) bin/set_up_browser.py
	@$(if $(filter phone%,$(or $(ONLY),phone)),$(PY) bin/set_up_lighthouse.py)
	@exec $(PY) -m tests.bench $(if $(ONLY),--only '$(ONLY)')

comparison: packages ## what only comparisons with other planners need, into .venv/comparison
	@$(PY) bin/set_up_comparison.py

screenshots: front ## docs/screenshots from the running product
	@$(PY) bin/set_up_browser.py
	@exec $(PY) -m tests.screenshots

soak: front ## simulated phones against a real server for MINUTES (default 10)
	@exec $(PY) -m tests.soak $(if $(MINUTES),--minutes '$(MINUTES)')

lock: packages ## write requirements*.txt anew from requirements*.in
	@$(PY) bin/lock.py

audit: setup ## look the locked packages up in the lists of known faults (asks outside services; no part of make test)
	@$(PY) bin/audit.py

clean: ## remove everything that was set up or built; never data
	@rm -rf .venv pwa/node_modules pwa/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .*.lock
