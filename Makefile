# Every task a person or CI runs. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
ARGS ?=

##@ Run
.PHONY: run demo
# Asked for a heap profile, it can make one; nothing is sampled until then.
run: export _RJEM_MALLOC_CONF ?= prof:true,prof_active:false,lg_prof_sample:19
run: ## Build and start everything on this machine (TLS=1: with TLS by a development CA)
	$(CARGO) build --package all-in-one --package sandbox-psp
	"$${CARGO_TARGET_DIR:-target}/debug/all-in-one" serve $(if $(filter 1,$(TLS)),--tls,--insecure) $(ARGS)
demo: ## Play a customer's journey against a running system
	$(CARGO) run --quiet --package demo -- $(ARGS)

##@ Check
.PHONY: test check fmt bench
test: ## Run every test, those on a real Postgres included
	scripts/test.sh $(ARGS)
check: ## Run every check: format, lints, rules, licences, contracts, scripts
	scripts/check.sh
fmt: ## Format Rust and contracts
	$(CARGO) fmt --all
	scripts/tools.sh buf
	.tools/node_modules/.bin/buf format --write $(addprefix --path ,$(filter-out protos/third_party/,$(wildcard protos/*/)))
bench: ## Run the benchmarks of pure code
	$(CARGO) bench --package microbench $(ARGS)

##@ Change
.PHONY: generate proto new-service
generate: ## Generate libs/api and docs/reference from protos/
	$(CARGO) run --quiet --package contractgen
proto: generate ## The same as generate
new-service: ## Make a new service that compiles, is tested and wired: NAME=shipping
	@scripts/new-service.sh "$(NAME)"

##@ Other
.PHONY: help clean
help: ## List what there is
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  \033[36mmake %-12s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
clean: ## Remove what was built and fetched; data of `make run` stay
	$(CARGO) clean
	rm -rf .tools
