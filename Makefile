# Every target sets up .venv by itself; Python 3.11 or newer and make are all it needs.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready
UNITS ?=
CASES ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check lab build verify attacks browser postgres bench bench-grade bench-train leaderboard lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(READY) ## install everything into .venv

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' requirements.lock)"
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	touch $@

demo: $(READY) ## build the units and grade an example class whose true scores are known
	$(BIN)/autograder build
	$(BIN)/autograder demo

lab: $(READY) ## open the course in JupyterLab
	$(BIN)/jupyter lab

build: $(READY) ## generate release/ and the lessons' notebooks
	$(BIN)/autograder build $(UNITS)

verify: $(READY) ## prove the checks with wrong and right answers
	$(BIN)/autograder verify $(UNITS)

attacks: $(READY) ## try every attack on the grader, also your own: make attacks CASES=DIR
	$(BIN)/python tests/attacks/run.py $(if $(CASES),--cases $(CASES))

check: $(READY) ## the quick part of the tests, about four minutes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/pytest -n 2 --dist loadgroup -m "not slow"

test: check browser postgres ## everything CI runs
	$(BIN)/autograder build --check
	$(BIN)/autograder verify
	$(BIN)/pytest -n 2 --dist loadfile -m slow

browser: ## a Chromium for the browser tests, where this user may install one
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null \
	  || (apt-get update -qq && apt-get install -qq -y chromium >/dev/null) \
	  || echo "no Chromium and no right to install it: the browser tests are skipped"

postgres: ## a PostgreSQL server for the gradebook's tests, where this user may install one
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 \
	  || (apt-get update -qq && apt-get install -qq -y postgresql >/dev/null) \
	  || echo "no PostgreSQL and no right to install it: its test is skipped"

bench-grade: $(READY) ## measure grading against nbgrader and Otter-Grader; takes an hour
	$(BIN)/python bench/grade.py

bench-train: $(READY) ## measure training against tutorial code; EUROSAT_ROOT names the folder with EuroSAT
	$(BIN)/python bench/train.py

leaderboard: $(READY) ## compute the scores of all recorded runs anew: course/leaderboard.md
	mkdir -p build
	$(BIN)/python -m cnnlib.train.leaderboard course/runs > build/leaderboard.md
	mv build/leaderboard.md course/leaderboard.md

bench: $(READY) ## measure the convolution of unit 08 against torch
	$(BIN)/python bench/conv2d.py

lock: ## pin the newest versions that pyproject.toml allows
	$(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet "$$(grep '^torch==' requirements.lock)"
	build/lock/bin/pip install --quiet --editable ".[instructor,cluster,postgres,trackio,dev]"
	(head -1 requirements.lock; grep '^torch==' requirements.lock; \
	 build/lock/bin/pip freeze --exclude-editable | grep -v '^torch==') > build/requirements.lock
	mv build/requirements.lock requirements.lock

clean: ## remove .venv and everything generated that is not committed
	rm -rf .venv build
