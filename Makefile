# Everything here needs Go, git and make, and reaches nothing but a Go module
# proxy; only what runs on a cluster needs Docker, kind and kubectl as well, and
# images. What is built stands in .bin.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

bin := .bin
# The race detector needs cgo, and that a C compiler.
cc := $(shell command -v "$$(go env CC)" 2>/dev/null)
race := $(if $(cc),-race)
# go test ends a test after 10 minutes by default, which a cold build of the
# control plane can outlast.
testflags := -timeout=45m

##@ Use

.PHONY: replay
replay: edgesim ## Watch the controller being killed while a device is mid-transfer, and resume
	@$(bin)/edgesim setup >/dev/null
	@$(bin)/edgesim replay controller-killed-mid-transfer

.PHONY: demo-local
demo-local: ## Roll out to three devices in real time, with real processes, and kill the manager
	@# The Go command leaves its work folder behind when it's interrupted.
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	GOTMPDIR=$$work go build -o $(bin)/ ./cmd/edgesim ./cmd/manager ./cmd/devicesim
	@$(bin)/edgesim setup >/dev/null
	@$(bin)/edgesim demo

.PHONY: setup
setup: edgesim ## Get kube-apiserver and etcd, once: download or build (10 minutes cold)
	@$(bin)/edgesim setup

.PHONY: edgesim
edgesim: ## Build the replay CLI into .bin
	@[ -x $(bin)/edgesim ] || echo "building edgesim, which takes some minutes the first time" >&2
	@go build -o $(bin)/edgesim ./cmd/edgesim

##@ On a cluster

# The tag is the one that the manifests have.
version := $(shell sed -n 's|.*image: .*/manager:||p' operator/config/manager/deployment.yaml)
repository := example.com/edge-device-operator
revision := $(shell git rev-parse HEAD 2>/dev/null)
# What people behind a mirror set, in the environment or on make's command line.
mirrors := BUILD_IMAGE BASE_IMAGE GOPROXY GOSUMDB TARGETARCH

need_docker := command -v docker >/dev/null || { echo "docker is missing. How to get it: https://docs.docker.com/engine/install/"; exit 1; }

.PHONY: images
images: ## Build the images of the manager and of a device (BUILD_IMAGE, BASE_IMAGE, GOPROXY)
	@$(need_docker)
	@echo "building $(repository)/{manager,devicesim}:$(version), the first time for some minutes"
	@for target in manager devicesim; do \
		docker build --quiet --target $$target --tag $(repository)/$$target:$(version) \
			--build-arg VERSION=$(version) --build-arg REVISION=$(revision) \
			$(foreach v,$(mirrors),$(if $($v),--build-arg $v='$($v)')) . >/dev/null; \
		docker image inspect --format "$(repository)/$$target:$(version)  {{.Architecture}}  {{.Size}} bytes" $(repository)/$$target:$(version); \
	done

.PHONY: explore-image
explore-image: setup ## Build the image that explores as a Job (BASE_IMAGE): cmd/edgesim/config/explore.yaml
	@$(need_docker)
	@work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	from=$$($(bin)/edgesim setup | sed 's/^kube-apiserver and etcd are in \(.*\) ([a-z]*)$$/\1/'); \
	cp "$$from/kube-apiserver" "$$from/etcd" "$$work"; \
	CGO_ENABLED=0 go build -trimpath -o "$$work/edgesim" ./cmd/edgesim; \
	docker build --quiet --file cmd/edgesim/Dockerfile --tag $(repository)/edgesim:$(version) \
		$(if $(BASE_IMAGE),--build-arg BASE_IMAGE='$(BASE_IMAGE)') "$$work"

.PHONY: demo
demo: ## Kill the operator mid-transfer on a kind cluster of its own (and NODE_IMAGE, for those behind a mirror)
	@operator/config/demo/demo.sh run

.PHONY: demo-clean
demo-clean: ## Delete that cluster and the images
	@operator/config/demo/demo.sh clean

##@ Prove

passed := All tests passed, with the race detector.
passed_without_race := All tests passed, WITHOUT the race detector: there is no C compiler ($(shell go env CC)).

.PHONY: test
test: setup ## Run every test, with the race detector where there is a C compiler
	cd tools && go test ./...
	go test $(race) $(testflags) ./...
	@# Each scenario six times, the long haul, and all else that takes minutes.
	go test $(race) $(testflags) ./scenarios -ginkgo.label-filter=long -draw="$$(git rev-parse HEAD 2>/dev/null || true)"
	@$(MAKE) --no-print-directory mutants-by-hand N=5
	@$(MAKE) --no-print-directory mutants N=8 mutants_flags='-mutants.runs=120 -mutants.most=20'
	@$(MAKE) --no-print-directory explore RUNS=800
	@echo "$(if $(race),$(passed),$(passed_without_race))"

.PHONY: test-page
test-page: edgesim ## Check the page that draws a run, and play with it in a browser (Chromium, npm)
	@$(bin)/edgesim setup >/dev/null
	@harness/timeline/browser/test.sh $(CURDIR)/$(bin)/edgesim

.PHONY: picture
picture: edgesim ## Draw the picture of that page which the documentation has
	@PICTURE=$(CURDIR)/docs/timeline.png harness/timeline/browser/test.sh $(CURDIR)/$(bin)/edgesim

# How many mutants: all, or a number of them that the commit draws.
N := all
.PHONY: mutants-by-hand
mutants-by-hand: setup ## Show that each of some 60 operators, broken by hand, is caught, and by what (N=5: five, drawn by the commit)
	go test -v -timeout=60m ./scenarios/mutants -run='^TestMutants$$' -mutants=$(N) -mutants.draw="$$(git rev-parse HEAD 2>/dev/null || true)"

.PHONY: mutants-explored
mutants-explored: setup ## Show that explore finds them too, from three plain scenarios (some hours; N=5: five of them)
	go test -v -timeout=600m ./scenarios/mutants -run='^TestExploreFindsMutants$$' -mutants.explored -mutants.journal="$(CURDIR)/$(bin)/explored.jsonl" -mutants=$(N) -mutants.draw="$$(git rev-parse HEAD 2>/dev/null || true)"

.PHONY: mutants-merged
mutants-merged: setup ## Show that kills which are taken to be the same find the same of them (some hours; N=5: five of them)
	go test -v -timeout=600m ./scenarios/mutants -run='^TestMergedFindsTheSame$$' -mutants.merged -mutants=$(N) -mutants.draw="$$(git rev-parse HEAD 2>/dev/null || true)"

.PHONY: mutants
mutants: setup ## Make every mutant of the operator that the rules allow, and show what finds it (hours; N=20: twenty of them)
	go test -v -timeout=900m ./scenarios/mutants -run='^TestMutantsOfRules$$' -mutants.rules=$(N) $(mutants_flags) -mutants.journal="$(CURDIR)/$(bin)/mutants.jsonl" -mutants.draw="$$(git rev-parse HEAD 2>/dev/null || true)"

.PHONY: mutants-manifests
mutants-manifests: setup ## The same for the CustomResourceDefinition and the ClusterRole (an hour; N=20: twenty of them)
	go test -v -timeout=180m ./scenarios/mutants -run='^TestMutantsOfManifests$$' -mutants.manifests=$(N) -mutants.journal="$(CURDIR)/$(bin)/manifests.jsonl" -mutants.draw="$$(git rev-parse HEAD 2>/dev/null || true)"

.PHONY: coverage
coverage: setup ## Show that the scenarios alone, without unit tests, reach every block of the operator but those that are listed
	go test $(testflags) -coverpkg=./operator/rollout,./operator/device,./operator/controller -coverprofile=$(CURDIR)/$(bin)/coverage.out ./scenarios
	go test -v ./scenarios/mutants -run='^TestWorldsReachTheOperator$$' -mutants.coverage=$(CURDIR)/$(bin)/coverage.out

# Each has many dependencies, which take some minutes to build at first.
EXPLORED ?= 200
.PHONY: operators
operators: setup ## Run operators of others under the testbed, and explore them (EXPLORED=200 runs each; half an hour)
	cd operators/karpenter && go mod tidy -diff && go vet . && go test -timeout=60m . \
		&& go test -v -timeout=60m -run=TestExplore . -explore='testdata/a-claim-becomes-a-node.txt' -runs=$(EXPLORED)
	cd operators/kro && go mod tidy -diff && go vet . && go test -timeout=60m . \
		&& go test -v -timeout=60m -run=TestExplore . -explore='testdata/created.txt' -runs=$(EXPLORED)
	@# One controller at a time: with two, a cluster gets two heads, as docs/found.md says.
	cd operators/kuberay && go mod tidy -diff && go vet . && go test -timeout=60m . \
		&& go test -v -timeout=60m -run=TestExplore . -explore='testdata/a-cluster-is-created.txt' -runs=$(EXPLORED) \
			-faults=killed,stopped,refused,lost,delayed,unanswered,late,held

.PHONY: soak
soak: setup ## Show that the unbroken operator breaks no invariant: 200 runs with other seeds, 200 random worlds
	go test -timeout=120m ./scenarios -ginkgo.focus='No invariant is broken|ends as if it were' -soak=200

# All but a long day, which has about as many requests as all others together.
ordinary = $(shell grep -L '^# About: a long day' scenarios/*.txt)
# The main stories: the controller is killed and all goes well, one attempt fails, all do.
main := controller-killed-mid-transfer fails-then-recovers fails-permanently

# How many runs explore plays: half with single faults, a quarter with pairs, a quarter random worlds.
RUNS ?= 4000

.PHONY: explore
explore: edgesim ## Look for what no scenario says: faults, pairs of faults, random worlds (RUNS=4000: half an hour)
	@$(bin)/edgesim setup >/dev/null
	$(bin)/edgesim explore --runs $$(($(RUNS) / 2)) $(ordinary)
	$(bin)/edgesim explore --depth 2 --runs $$(($(RUNS) / 4)) $(main)
	$(bin)/edgesim explore --worlds $$(($(RUNS) / 4))

# Where explore-deep goes on after an interruption. Remove it to begin anew.
deep := $(bin)/explore

.PHONY: explore-deep
explore-deep: edgesim ## The same for hours: all single faults, all pairs of the main scenarios, 10,000 worlds
	@$(bin)/edgesim setup >/dev/null
	@mkdir -p $(deep)
	@go_on() { [ -e "$$1" ] && echo --resume "$$1" || echo --journal "$$1"; }; \
	found=0; explore() { echo "$(bin)/edgesim explore $$*"; $(bin)/edgesim explore "$$@" || { [ $$? = 1 ] && found=1; }; }; \
	explore $$(go_on $(deep)/faults.jsonl) $(ordinary); \
	explore $$(go_on $(deep)/pairs.jsonl) --depth 2 $(main); \
	explore $$(go_on $(deep)/worlds.jsonl) --worlds 10000; \
	exit $$found

.PHONY: bench
bench: setup ## Measure the testbed
	go test -run='^$$' -bench=. -benchtime=5x ./harness/controlplane ./scenarios

.PHONY: model
model: ## Check the state machine against a model of the world, in larger bounds than make test does
	go test -v -timeout=30m ./operator/rollout/model -model.large

FUZZTIME ?= 1m

.PHONY: fuzz
fuzz: ## Fuzz what reads other people's text and devices' answers, each for FUZZTIME (1m)
	@go test -list='^Fuzz' ./... \
	| awk '/^Fuzz/ { targets[++n] = $$1 } /^ok/ { for (i = 1; i <= n; i++) print $$2, targets[i]; n = 0 }' \
	| while read -r package target; do \
		echo "$$package: $$target"; \
		go test -run='^$$' -fuzz="^$$target$$" -fuzztime=$(FUZZTIME) "$$package" </dev/null; \
	done

##@ Develop

.PHONY: rewrite
rewrite: edgesim ## Write what happens into every scenario file; the diff is the review
	@$(bin)/edgesim replay --rewrite $$($(bin)/edgesim list | cut -d' ' -f1) >/dev/null

generate = $(CURDIR)/$(bin)/controller-gen object crd rbac:roleName=edge-device-operator paths=./operator/... \
	output:crd:dir=operator/config/crd output:rbac:dir=operator/config/rbac

.PHONY: generate
generate: tools ## Generate deepcopy, CustomResourceDefinition and ClusterRole from the Go code
	$(generate)

# What runs in virtual time, and so may not know any other.
virtual := ./operator/... ./devicesim/... ./harness/virtualtime/... ./harness/process/... \
	./harness/world/... ./harness/trace/... ./harness/timeline/... ./harness/scenario/... ./harness/explore/... ./harness/debugger/... ./harness/invariant/... ./scenarios/edge/...

scripts := .ci/run operator/config/demo/demo.sh harness/timeline/browser/test.sh

.PHONY: lint
lint: tools ## Check format, modules, vet, staticcheck, determinism, and that what is generated is current
	@unformatted=$$(gofmt -l . ); [ -z "$$unformatted" ] || { echo "gofmt -w these: $$unformatted"; exit 1; }
	go mod tidy -diff
	cd tools && go mod tidy -diff
	go vet ./...
	cd tools && go vet ./...
	$(bin)/staticcheck ./...
	cd tools && ../$(bin)/staticcheck ./...
	go vet -vettool=$(bin)/determinism $(virtual)
	@if command -v shellcheck >/dev/null; then shellcheck $(scripts); else echo "There is no shellcheck here: $(scripts) not checked."; fi
	@$(MAKE) --no-print-directory generated-is-current

.PHONY: vulncheck
vulncheck: ## Look for known vulnerabilities; needs the Go vulnerability database, which is not everywhere in reach
	@mkdir -p $(bin)
	@cd tools && go build -o ../$(bin)/ golang.org/x/vuln/cmd/govulncheck
	@$(bin)/govulncheck ./... || { echo "vulncheck: failed: vulnerabilities (above), or the database at https://vuln.go.dev is out of reach (GOVULNDB names another)"; exit 1; }

.PHONY: generated-is-current
generated-is-current: tools
	@fresh=$$(mktemp -d); trap 'rm -rf "$$fresh"' EXIT; \
	cp -r operator go.mod go.sum "$$fresh"; \
	(cd "$$fresh" && $(generate)); \
	diff -r operator "$$fresh/operator" || { echo "not current: run 'make generate' and commit what it changes"; exit 1; }

.PHONY: tools
tools:
	@mkdir -p $(bin)
	@cd tools && go build -o ../$(bin)/ ./cmd/determinism honnef.co/go/tools/cmd/staticcheck sigs.k8s.io/controller-tools/cmd/controller-gen

.PHONY: clean
clean: ## Remove what was built here (the control plane's programs stay in the cache)
	rm -rf $(bin)

.PHONY: help
help:
	@awk 'BEGIN { FS = ":.*## " } /^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
