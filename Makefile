# Everything a person does here often. `make` alone lists it.

.DEFAULT_GOAL := help
ROUNDS ?= 1000
SEED ?=
.PHONY: help run test bench faults lint screenshots

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build and start the demonstration; it prints its addresses and one-time sign-in links
	@scripts/timed web scripts/build-web
	@scripts/timed program cargo build --locked -p gongkai
	@exec target/debug/gongkai demo

test: ## The whole suite; installs and starts for itself what it needs
	@scripts/test

bench: ## Measure: pages beside nginx, 10,000 documents, backup and restore, intake, writing on both databases, search
	@scripts/timed web scripts/build-web
	@scripts/timed program cargo build --locked --release -p gongkai
	@scripts/timed public-page node benches/public-page.mjs
	@scripts/timed import node benches/import.mjs
	@scripts/timed backup scripts/with-postgres node benches/backup.mjs
	@scripts/timed intake scripts/with-postgres node benches/intake.mjs
	@scripts/timed writes scripts/with-postgres cargo bench --locked -p kit --bench writes
	@scripts/timed search cargo bench --locked -p search

faults: ## Rounds of work with a power cut, a kill or a full disk in each (ROUNDS=1000 SEED=…)
	@scripts/faults $(ROUNDS) $(SEED)

lint: ## Formatting, clippy, shell scripts, invariants, documents
	@scripts/test web format lint shell invariants build documents

screenshots: ## Make docs/screenshots from the running demonstration
	@scripts/timed web scripts/build-web
	@scripts/timed program cargo build --locked -p gongkai
	@scripts/timed screenshots scripts/screenshots
