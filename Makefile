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

##@ Speed
# Beside `make run`, which is for people: for figures that mean something, ARGS="--address …" of a release build.
LOADTEST = $(CARGO) run --quiet --release --package loadtest --
LOADS := create get list update delete mixed checkout
.PHONY: $(addprefix loadtest-,$(LOADS) duration)
loadtest-create: ## Put load on a running system; also -get -list -update -delete -mixed -checkout (ARGS="-requests 500")
$(addprefix loadtest-,$(LOADS)): loadtest-%:
	$(LOADTEST) -operation $* $(ARGS)
loadtest-duration: ## Put mixed load on a running system for 30 seconds (ARGS="-rate 500")
	$(LOADTEST) -operation mixed -duration 30s $(ARGS)

.PHONY: bench-service bench-save bench-compare
FIGURES ?= bench.json
BENCH = $(CARGO) run --quiet --release --package with-postgres -- $(if $(filter 1,$(DURABLE)),--durable) $(LOADTEST) bench
bench-service: ## Hold services of its own against pgbench, a bare server and bare hashing (DURABLE=1: with fsync)
	$(CARGO) build --release $(addprefix --package ,with-postgres loadtest sandbox-psp $(notdir $(wildcard services/*svc)))
	$(BENCH) $(ARGS)
bench-save: ## The same, and write the figures to FIGURES=bench.json
	@$(MAKE) bench-service ARGS="--save $(FIGURES) $(ARGS)"
bench-compare: ## The same, beside the figures in FIGURES=bench.json
	@$(MAKE) bench-service ARGS="--compare $(FIGURES) $(ARGS)"

.PHONY: pprof-cpu pprof-heap health db-metrics
pprof-cpu: ## Take a profile of a running system, pprof-heap one of its memory (ARGS="--seconds 30")
pprof-cpu pprof-heap: pprof-%:
	$(LOADTEST) pprof $* $(ARGS)
health: ## Tell whether a running system is ready, and what keeps it from it
	$(LOADTEST) health $(ARGS)
db-metrics: ## Show what a running system tells of its databases
	$(LOADTEST) db-metrics $(ARGS)

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
		/^[a-z-]+:.*## / { printf "  \033[36mmake %-17s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
clean: ## Remove what was built and fetched; data of `make run` stay
	$(CARGO) clean
	rm -rf .tools
