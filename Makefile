# Kith: `make help` lists what can be made.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DATA ?= data/sample

.PHONY: help install run-pipeline serve dashboard up down drop test coverage check format bench bench-serving data picture screenshots clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1|\2/' | column -t -s '|'

install: $(READY) ## Make .venv and install everything that the other targets need

$(READY): pyproject.toml constraints.txt
	@if [ -z "$(PYTHON)" ]; then echo "Kith needs Python 3.11 or newer, and none was found: install it, or say make PYTHON=/path/to/python" >&2; exit 1; fi
	@echo "Installing into $(VENV) with $$($(PYTHON) --version): about 600 MB to download and 1.9 GB on disk with the CPU"
	@echo "build of torch, some 3 GB more with the CUDA build; 1 to 10 minutes, once. See docs/operations.md."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

run-pipeline: $(READY) ## Take in data/sample, or your own: make run-pipeline DATA=my.jsonl
	@$(BIN)/kith run $(DATA)
	@echo; echo "kith is in $(BIN): 'source $(BIN)/activate' puts it on your path"

serve: $(READY) ## Serve the API at http://127.0.0.1:8000, on the sample where nothing is stored yet
	@$(BIN)/kith status --json >/dev/null 2>&1 || $(BIN)/kith run $(DATA)
	@exec $(BIN)/kith serve $(ARGS)

dashboard: $(READY) ## Show people, runs and stores in a browser: http://127.0.0.1:8501, on the sample where nothing is stored yet
	@$(BIN)/kith status --json >/dev/null 2>&1 || $(BIN)/kith run $(DATA)
	@exec $(BIN)/kith dashboard $(ARGS)

up: compose.env ## Start Kith on servers with Docker: http://127.0.0.1:8000, keys and passwords of its own
	@docker compose --env-file compose.env build
	@docker compose --env-file compose.env up --detach --wait mongo milvus neo4j redis postgres
	@umask 077; test -e compose.key || docker compose --env-file compose.env run --rm api keys create --name first --scope admin --json > compose.key || { rm -f compose.key; exit 1; }
	@docker compose --env-file compose.env up --detach --wait
	@echo "Kith answers at http://127.0.0.1:8000, its dashboard at http://127.0.0.1:8501; the first key, for all that may be asked, is in compose.key"

down: ## End what `make up` started; the data stays
	@docker compose --env-file compose.env down

drop: compose.env ## End it and delete its data, and the key that was good for it
	@docker compose --env-file compose.env down --volumes
	@rm -f compose.key

compose.env:
	@umask 077; for name in MONGO MINIO MILVUS NEO4J REDIS POSTGRES; do \
		echo "$${name}_PASSWORD=$$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')"; done > $@

test: $(READY) ## Run every test
	@$(BIN)/pytest -q --numprocesses 2 --dist loadgroup $(ARGS)

coverage: $(READY) ## The same, and which branches no test takes: a third more work
	@$(MAKE) --no-print-directory test ARGS="--cov --cov-report=term:skip-covered $(ARGS)"

check: $(READY) ## Format, lint, types, import rules and docs
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/pyright
	@$(BIN)/lint-imports
	@$(BIN)/pytest -q tests/docs

format: $(READY) ## Put the code into shape
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

bench: $(READY) ## Measure: embedding, pipeline, re-run, memory
	@$(BIN)/python -m bench

bench-serving: $(READY) ## Measure: context over HTTP, worked out and kept, beside bare bytes
	@$(BIN)/python -m bench --only serving

data: $(READY) ## Make data/sample again, from its seed
	@$(BIN)/kith data generate --users 60 --messages 2000 --seed 7 --out data/sample --overwrite

picture: $(READY) ## Draw docs/run.svg: what a run over the sample prints
	@$(BIN)/python docs/picture.py

screenshots: $(READY) ## Take docs/pictures: each page of the dashboard on the sample (needs Chromium: apt-get install chromium)
	@$(BIN)/python docs/screenshots.py

clean: ## Remove what was built and cached; the stores in .kith stay
	@rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
