# Plaza. `make` alone lists what there is to run.
GO ?= go
TOOLS := $(CURDIR)/.cache/bin
STATICCHECK_VERSION := v0.8.2
GOVULNCHECK_VERSION := v1.9.0
FUZZTIME ?= 10s
# The embedded store is C translated to Go, a package without one atomic, channel
# or generic function, on memory that the race detector does not look at because
# it is not Go's. Watching it all the same, or every use of a pointer in what it
# stands on, costs as much as everything else and finds nothing. The driver, the
# locks below it and all of Plaza stay watched.
UNWATCHED := -gcflags='modernc.org/...=-d=checkptr=0' -gcflags='modernc.org/sqlite/lib=-race=false'

# Here a browser works while the test waits: with the pages, which are drawn in
# one goroutine, or with the program itself, built as it is delivered. All that is
# in them is watched where the other packages test it. They go first: they are the
# longest.
BROWSED := ./e2e ./templates

.PHONY: help build run test test-race test-wire test-browser check fuzz bench install-chromium install-node clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

build: ## the static binary ./plaza
	CGO_ENABLED=0 $(GO) build -tags nomsgpack,nostandins -trimpath -ldflags "-s -w -X main.version=$$(git describe --tags --always --dirty 2>/dev/null || echo dev)" -o plaza .

run: ## the demo, on http://localhost:8080
	$(GO) run . demo

test: install-chromium install-node ## everything, with the race detector, the wire tests and a real browser
	$(GO) test -timeout 15m $(BROWSED)
	$(GO) test -race $(UNWATCHED) -timeout 15m $$($(GO) list ./... | grep -vxF "$$($(GO) list $(BROWSED))")
	cd store/wiretest && $(GO) test -timeout 10m ./...
	cd e2e/wire && $(GO) test -timeout 10m ./...

check: $(TOOLS)/staticcheck-$(STATICCHECK_VERSION) $(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) ## formatting, vet, staticcheck, known vulnerabilities
	@unformatted=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$unformatted" || { echo "not gofmt-clean:"; echo "$$unformatted"; exit 1; }
	$(GO) vet ./...
	$(TOOLS)/staticcheck-$(STATICCHECK_VERSION) ./...
	$(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION) ./... || sh .ci/without-database

$(TOOLS)/staticcheck-$(STATICCHECK_VERSION):
	GOBIN=$(TOOLS) $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
	mv $(TOOLS)/staticcheck $@

$(TOOLS)/govulncheck-$(GOVULNCHECK_VERSION):
	GOBIN=$(TOOLS) $(GO) install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK_VERSION)
	mv $(TOOLS)/govulncheck $@

bench: ## the benchmarks of every package
	$(GO) test -run '^$$' -bench . -benchmem ./...

fuzz: ## every fuzz test for FUZZTIME (10s)
	@for package in $$($(GO) list ./...); do \
	  for fuzz in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
	    $(GO) test -run '^$$' -fuzz "^$$fuzz\$$" -fuzztime $(FUZZTIME) $$package || exit 1; \
	  done; done

install-chromium: ## the browser the tests drive, with fonts for all three languages
	@command -v chromium >/dev/null && fc-list 2>/dev/null | grep -qi 'noto.*cjk' || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk fonts-noto-color-emoji; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq chromium fonts-noto-cjk fonts-noto-color-emoji; fi; }

NODE_PROGRAM := api/compat/wechat/testdata/node
install-node: ## Node and what the tests' Node program needs, exactly as locked
	@command -v npm >/dev/null || { \
	  if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq nodejs npm; \
	  else sudo apt-get update -qq && sudo apt-get install -y -qq nodejs npm; fi; }
	cd $(NODE_PROGRAM) && npm ci --no-audit --no-fund

clean: ## what the build made
	rm -rf plaza .cache
