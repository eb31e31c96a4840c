# Every target installs what it needs, so that it works in a fresh clone.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules

export PATH := $(CURDIR)/.setup/node/bin:$(CURDIR)/.venv/bin:$(PATH)
export PORT ?= 8420
HOSTS ?=
DURATION ?= 120
T ?=

.PHONY: help
help: ## Show what there is to do
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / { printf "  \033[1m%-16s\033[0m %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install what running needs (virtual environment, built page)
	@.ci/setup run

.PHONY: demo
demo: ## Raise a fleet of real SSH hosts and watch it (PORT=8420 HOSTS=5); Ctrl-C ends all of it
	@.ci/setup demo
	@exec env HOSTS="$(or $(HOSTS),5)" python -m tests.support.demo

.PHONY: run
run: ## Run the controller, data in ./data or MOORLINE_DATA_DIR
	@.ci/setup run
	@exec env MOORLINE_PORT="$${MOORLINE_PORT:-$(PORT)}" python -m controller.cli serve

.PHONY: dev
dev: ## Run the controller and, at port 5173, the page rebuilt as you type
	@.ci/setup dev
	@trap 'kill $$(jobs -p) 2>/dev/null; wait' EXIT; \
	npm --prefix ui run dev & \
	env MOORLINE_PORT="$${MOORLINE_PORT:-$(PORT)}" python -m controller.cli serve

.PHONY: test
test: ## Check everything, or a part: make test T=tests/unit/core
	@.ci/setup test
	@.ci/check test $(T)

.PHONY: test-long
test-long: ## Run what takes long: repeated faults and soaks (T=path for a part)
	@.ci/setup test
	@.ci/check long $(T)

.PHONY: lint
lint: ## Check style, types, layers and scripts
	@.ci/setup dev
	@.ci/check lint

.PHONY: fix
fix: ## Format, and repair what can be repaired by itself
	@.ci/setup dev
	@ruff check --fix --quiet . || true
	@ruff format --quiet .
	@npm --prefix ui run --silent fix

.PHONY: api
api: ## Write the OpenAPI document and the page's client types from the routes
	@.ci/setup dev
	@python docs/generate.py openapi
	@npm --prefix ui run --silent api

.PHONY: docs
docs: ## Write the generated references in docs/reference
	@.ci/setup dev
	@python docs/generate.py reference

.PHONY: migration
migration: ## Draft a migration from the models: make migration m="what changes"
	@.ci/setup dev
	@python -m tests.support.migration "$(m)"

.PHONY: pins
pins: ## Pin the newest versions that pyproject.toml admits, with their hashes
	@.ci/setup dev
	@.ci/pin

.PHONY: audit
audit: ## Look for known vulnerabilities in what we depend on
	@.ci/setup dev
	@.ci/audit

.PHONY: release
release: ## Build the wheel with the page inside, install it afresh and see it serve
	@.ci/setup dev
	@.ci/release

.PHONY: screenshots
screenshots: ## Photograph every page over the demo fleet
	@.ci/setup test
	@exec python -m tests.e2e.screenshots

.PHONY: bench-sampling
bench-sampling: ## Cost of a frame against exec, Fabric and Ansible
	@.ci/setup bench
	@exec python -m tests.bench.sampling

.PHONY: bench-scale
bench-scale: ## A thousand lines at 1 Hz (DURATION=120 seconds)
	@.ci/setup bench
	@exec env DURATION="$(DURATION)" python -m tests.bench.scale

.PHONY: bench-terminal
bench-terminal: ## A terminal's echo, interrupt, memory and speed, beside OpenSSH's own client
	@.ci/setup bench
	@exec python -m tests.bench.terminal

.PHONY: bench-storage
bench-storage: ## Size and speed of 30 days of history (HOSTS=300)
	@.ci/setup bench
	@exec env HOSTS="$(or $(HOSTS),300)" python -m tests.bench.storage

.PHONY: bench-fanout
bench-fanout: ## `true` on 500 lines against parallel-ssh and Ansible (LINES=500 HOSTS=20 ROUNDS=5)
	@.ci/setup bench
	@exec env HOSTS="$(or $(HOSTS),20)" python -m tests.bench.fanout

.PHONY: bench-files
bench-files: ## Files through the API against OpenSSH's sftp (SIZE_MIB=512 ROUNDS=5)
	@.ci/setup bench
	@exec python -m tests.bench.files
