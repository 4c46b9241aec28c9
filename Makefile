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
.PHONY: test check fmt campaign bench
test: ## Run every test, those on a real Postgres included
	scripts/test.sh $(ARGS)
check: ## Run every check: format, lints, rules, licences, contracts, manifests, scripts
	scripts/check.sh
fmt: ## Format Rust and contracts
	$(CARGO) fmt --all
	scripts/tools.sh buf
	.tools/node_modules/.bin/buf format --write $(addprefix --path ,$(filter-out protos/third_party/,$(wildcard protos/*/)))
campaign: ## Kill the services at every step of 10,000 checkouts and let the auditor judge (ARGS="--seed 2")
	$(CARGO) build --package ordersvc --package paymentsvc --package sandbox-psp --package campaign --package with-postgres
	$(CARGO) run --quiet --package with-postgres -- $(CARGO) run --quiet --package campaign -- $(ARGS)
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
.PHONY: generate proto manifests new-service
generate: ## Generate libs/api and docs/reference from protos/
	$(CARGO) run --quiet --package contractgen
proto: generate ## The same as generate
manifests: ## Render the manifests that checks compare with, and the README of the chart
	scripts/check-manifests.sh --write
new-service: ## Make a new service that compiles, is tested and wired: NAME=shipping
	@scripts/new-service.sh "$(NAME)"

##@ Kubernetes
# Any cluster will do: KUBECONTEXT names it. One that is neither of k3d nor of kind needs IMPORT, a command that is given
# the names of images and brings them from docker to the nodes.
KUBECONTEXT ?= k3d-dev
OVERLAY ?= dev
NAMESPACE ?= $(if $(filter dev,$(OVERLAY)),micro,$(OVERLAY))
SERVICE ?= $(notdir $(wildcard services/*svc)) certs sandbox-psp loadtest
TAG ?= dev
IMPORT ?= echo "KUBECONTEXT=$(KUBECONTEXT): expected k3d-NAME, kind-NAME, or IMPORT=COMMAND to bring these images to the nodes:"; false
VERSION ?= $(shell sed -n '/^\[workspace.package\]/,/^$$/s/^version = "\(.*\)"/\1/p' Cargo.toml)
REVISION ?= $(shell git describe --always --exclude '*' --abbrev=12 --dirty 2>/dev/null || echo unknown)
kubectl = kubectl --context $(KUBECONTEXT) --namespace $(NAMESPACE)
ours = --selector app.kubernetes.io/part-of=counterfoil,app.kubernetes.io/component=service

.PHONY: k3d-up k3d-down build import scan save push apply restart logs e2e
k3d-up: ## Start a cluster named dev in Docker
	k3d cluster create --config deploy/k3d/config.yaml
k3d-down: ## Delete it
	k3d cluster delete dev
build: ## Build the images, or one: SERVICE=ordersvc; from debug binaries of this machine: HOST=1
	@$(if $(filter 1,$(HOST)),$(CARGO) build $(SERVICE:%=--package %))
	@for service in $(SERVICE); do \
		DOCKER_BUILDKIT=1 docker build --tag $$service:$(TAG) --build-arg SERVICE=$$service \
			--build-arg VERSION=$(VERSION) --build-arg REVISION=$(REVISION) \
			$(if $(filter 1,$(HOST)),--file deploy/images/host.Dockerfile $${CARGO_TARGET_DIR:-target}/debug,--file deploy/images/Dockerfile .); \
	done
import: ## Bring the images to the cluster
	@case $(KUBECONTEXT) in \
		k3d-*) k3d image import --cluster $(KUBECONTEXT:k3d-%=%) $(SERVICE:%=%:$(TAG));; \
		kind-*) kind load docker-image --name $(KUBECONTEXT:kind-%=%) $(SERVICE:%=%:$(TAG));; \
		*) $(IMPORT) $(SERVICE:%=%:$(TAG));; \
	esac
scan: ## Look for known vulnerabilities in the images, with trivy
	@for service in $(SERVICE); do trivy image --quiet --ignore-unfixed --severity HIGH,CRITICAL --exit-code 1 $$service:$(TAG); done
save: ## Write the images to images.tar, for docker load
	docker save --output images.tar $(SERVICE:%=%:$(TAG))
# Nodes do not ask again for a tag that they have: that of a revision never moves, that of a version is pushed by its release alone.
push: ## Push the images to REGISTRY=registry.example.com/counterfoil under their revision (RELEASE=1: and their version)
	@: $(if $(REGISTRY),,$(error REGISTRY is not set: expected where images go, such as registry.example.com/counterfoil))
	@: $(if $(filter %dirty unknown,$(REVISION)),$(error REVISION is $(REVISION): expected a commit, which tells what is in the images))
	@$(if $(filter 1,$(RELEASE)),git tag --points-at HEAD | grep -qx 'v$(VERSION)' || { echo "RELEASE=1: expected the tag v$(VERSION) at this commit" >&2; exit 1; })
	@for service in $(SERVICE); do for tag in $(REVISION) $(if $(filter 1,$(RELEASE)),$(VERSION)); do \
		docker tag $$service:$(TAG) $(REGISTRY)/$$service:$$tag; docker push $(REGISTRY)/$$service:$$tag; \
	done; done
# Nobody can change the Job that is there, of a former image.
apply: ## Apply OVERLAY=dev and wait until everything is ready
	$(kubectl) delete job certs --ignore-not-found
	kubectl --context $(KUBECONTEXT) apply --kustomize deploy/kustomize/overlays/$(OVERLAY)
	$(kubectl) rollout status deployment $(ours) --timeout 15m
restart: ## Replace every pod of every service, one at a time
	$(kubectl) rollout restart deployment $(ours)
	$(kubectl) rollout status deployment $(ours) --timeout 15m
logs: ## Follow the logs of every service
	$(kubectl) logs $(ours) --all-containers --prefix --follow --tail 20 --max-log-requests 50
e2e: ## Play the journey of an installation on the cluster, after `make build import` (ARGS="--only chart")
	$(CARGO) build --package e2e --package demo --package auditor
	@for service in $(SERVICE); do docker tag $$service:dev $$service:next; done
	@$(MAKE) import TAG=next
	"$${CARGO_TARGET_DIR:-target}/debug/e2e" --context $(KUBECONTEXT) $(ARGS)

##@ Other
.PHONY: help clean
help: ## List what there is
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  \033[36mmake %-17s\033[0m %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))
clean: ## Remove what was built and fetched; data of `make run` stay
	$(CARGO) clean
	rm -rf .tools
