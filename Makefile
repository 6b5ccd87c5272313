# Safety Net. `make help` lists every target.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
LOCAL := contracts services/kit services/rules services/web services/intake services/dispatch services/network services/notify deploy/local deploy/cli clients/python
VENDOR := services/dispatch/dispatch/site/static/vendor
SOURCES := contracts/contracts services deploy/local deploy/tools deploy/cli clients/python
WORKERS := -n 3 --dist loadfile --no-loadscope-reorder
export PYTHONPATH := .
# Whoever sets it in an image means the image: here each process would compile half the house again.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up down status test suite check lint types imports drift schemas bench profile screenshots chaos k8s-test compose-up lock clean

help: ## every target, one line each
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

setup: .venv/.ready $(VENDOR)/vendor.json ## the virtual environment, and charts, maps and fonts of the pages, from the lock files

.venv/.ready: requirements.lock requirements.bootstrap.lock $(addsuffix /pyproject.toml,$(LOCAL))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11))' || { echo "Python 3.11 or newer is needed; found: $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up .venv from requirements.lock ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q --require-hashes -r requirements.bootstrap.lock
	@$(BIN)/uv pip sync -q --compile-bytecode --require-hashes requirements.lock requirements.bootstrap.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation $(addprefix -e ,$(LOCAL))
	@touch $@

$(VENDOR)/vendor.json: package-lock.json deploy/tools/vendor.py | .venv/.ready
	@if ! command -v npm > /dev/null; then \
	  echo "No Node.js here: pages show tables without charts and maps, and no PDF. For those install Node.js 20 and run make setup again."; \
	elif ! { npm ci --ignore-scripts --no-audit --no-fund --loglevel=error > /dev/null && $(BIN)/python -m deploy.tools.vendor; }; then \
	  echo "npm could not install package-lock.json: pages show tables without charts and maps, and no PDF. Run make setup again."; \
	fi

demo: setup ## a county's day, end to end: sets up, starts everything, feeds a day of reports, stays up until Ctrl-C
	@$(BIN)/python -m stack demo

up: setup ## the whole stack in the background, ready when the command returns; writes .run/stack.json
	@$(BIN)/python -m stack up

down: setup ## stops what `make up` started
	@$(BIN)/python -m stack down

status: setup ## what runs, where
	@$(BIN)/python -m stack status

test: setup ## lint, types, import rules, drift, and every test on real Kafka and MongoDB
	@$(MAKE) --no-print-directory --jobs 2 suite check

suite: setup
	@$(BIN)/python -m stack exec -- $(BIN)/python -m pytest tests $(WORKERS) $(PYTEST_ARGS)

check: lint types imports drift ## everything that needs no server

lint: setup ## ruff
	@$(BIN)/ruff check $(SOURCES) tests
	@$(BIN)/ruff format --check -q $(SOURCES) tests

types: setup ## mypy --strict, also of what `make bench` and `make chaos` run
	@$(BIN)/mypy $(SOURCES) tests/load tests/chaos

imports: setup ## import-linter: services -> web -> kit, rules -> contracts, pure domains, the rooms of dispatch, one place for the driver
	@$(BIN)/lint-imports --no-logo

drift: schemas ## fails when a generated contract differs from what is committed
	@git diff --exit-code --stat -- contracts/schemas contracts/asyncapi contracts/openapi || { echo "Generated contracts changed: commit them."; exit 1; }

schemas: setup ## writes contracts/schemas, contracts/asyncapi and contracts/openapi from the models and the services
	@$(BIN)/python -m contracts contracts
	@mkdir -p contracts/openapi
	@for service in intake dispatch network notify; do $(BIN)/python -m $$service openapi > .openapi.tmp && mv .openapi.tmp contracts/openapi/$$service.json || exit 1; done

bench: setup ## ratios to this machine's floors, measured in one run; writes .run/bench.json
	@$(BIN)/python -m tests.load.bench

profile: setup ## flame graphs of the four services while reports flow, by py-spy; writes .run/profile
	@$(BIN)/python -m tests.load.profile

screenshots: setup ## every page in both languages and themes, in Chromium; writes .run/screenshots
	@SCREENSHOTS=.run/screenshots $(BIN)/python -m stack exec -- $(BIN)/python -m pytest tests/browser $(WORKERS)

chaos: setup ## fault runs: kill -9 of each service, Kafka away, every limit at once; writes .run/chaos.json
	@$(BIN)/python -m tests.chaos.run

k8s-test: setup ## the chart on a real cluster (KUBECONFIG, or K8S_LAB): rolled, killed, scaled and counted; writes .run/k8s.json
	@$(BIN)/python -m tests.k8s.run

compose-up: ## a county on one host in containers: needs Docker with Compose
	@docker compose -f deploy/county.yaml up --build --wait

lock: setup ## pins requirements.in into the lock files, with hashes and without an index
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 requirements.in -o requirements.lock
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 requirements.bootstrap.in -o requirements.bootstrap.lock
	@$(BIN)/uv pip compile -q --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 -c requirements.lock requirements.runtime.in -o requirements.runtime.lock

clean: down ## stops the stack and removes what it wrote
	@rm -rf .run
