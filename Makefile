# The two commands: "make demo" and "make test". Both need root, Debian and Go, and fetch the rest.
# "make check" is the quick one, and needs only Go.

STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 1000x
# The race detector is too slow for a thousand legs at once.
CROWD = go test -json -run '^TestCrowd$$' ./guard -legs 1000
# Tests of files without end, each of one goroutine: "make check" runs them without the race detector, "make test" with it.
ENDLESS = ^(TestReadIsBounded|TestReadRefusesFiftyMillionRows|TestEndlessClasses|TestMostClasses)$$
# The pure heart, the parsers and the journal: no root, no other programs.
QUICK = ./money ./number ./rates ./limits ./abuse ./guard ./config ./ami/... ./ari ./cdr ./bill ./journal ./notify ./store \
  ./web/... ./cmd/... ./docs ./dev/testcount

.PHONY: demo test nightly check quick fuzz bench build clean help

help:
	@echo "make demo   play an evening of fraud against a real Asterisk, and see it stopped (root, Debian)"
	@echo "make test   all tests, with real Asterisks 16 and 22, and PostgreSQLs 15 and 18 (root, Debian)"
	@echo "make check  the quick checks (Go alone)"
	@echo "make nightly  the guard killed a hundred times under load (root, Debian)"
	@echo "make bench  speed, as ratios (root, Debian)"
	@echo "make build  bin/fraudguard"

demo:
	@go run ./dev/demo

# Disposable Asterisks and PostgreSQLs are made first, with their progress shown. Tests against them run three packages
# at a time, the longest first: they mostly wait for calls to last.
test: check-tools
	@go mod download
	@go run ./dev/asterisk/cmd prepare 22 16
	@go run ./dev/postgres/cmd prepare
	@{ $(CROWD) ; \
	   go test -race -json -timeout 10m $$(go list ./... | grep -v /dev/) ; \
	   go test -race -json -timeout 15m -p 3 ./dev/e2e/watch ./dev/e2e/postgres ./dev/... ; } 2>&1 | go run ./dev/testcount

# ROUNDS and SEED say how often and when the guard is killed; no SEED draws one, and the log tells it.
ROUNDS ?= 100
SEED ?= 0
nightly: check-tools
	@go run ./dev/asterisk/cmd prepare 22 16
	@go run ./dev/postgres/cmd prepare
	@go test -race -v -timeout 90m ./dev/e2e/faults -run TestKilledAtRandom -rounds $(ROUNDS) -seed $(SEED)

check-tools:
	@command -v go >/dev/null || { echo "Go is missing: apt-get install golang, or see https://go.dev/dl"; exit 1; }

# The benchmark is a module of its own, which ./... does not reach; gofmt does.
check: check-tools
	@unformatted=$$(gofmt -l .); [ -z "$$unformatted" ] || { echo "not formatted (gofmt -w): $$unformatted"; exit 1; }
	@go vet ./...
	@cd dev/bench && go vet ./...
	@$(STATICCHECK) ./...
	@$(MAKE) --no-print-directory -j 2 quick fuzz

quick:
	@{ $(CROWD) ; go test -json -run '$(ENDLESS)' ./rates ./number ; \
	   go test -race -json -timeout 5m -skip '$(ENDLESS)' $(QUICK) ; cd dev/bench && go test -race -json -timeout 5m ./... ; } 2>&1 | go run ./dev/testcount

# Each fuzz test for a moment, one on each core; "make fuzz FUZZTIME=10m" for a night. It is a count and no time,
# because Go takes the end of a short time on a busy machine for a failure.
fuzz:
	@for package in $$(grep -rl --include='*_test.go' '^func Fuzz' . | grep -v '^./dev/bench' | xargs -n1 dirname | sort -u); do \
	  sed -n "s|^func \(Fuzz[A-Za-z0-9_]*\).*|$$package \1|p" $$package/*_test.go; \
	done | xargs -P $$(nproc) -n 2 sh -c 'echo "fuzz $$0 $$1"; \
	  said=$$(go test -run "^$$" -fuzz "^$$1$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s -parallel 1 $$0 2>&1) || { echo "$$said"; exit 255; }'

bench:
	@cd dev/bench && go run .

build:
	@go build -trimpath -o bin/fraudguard ./cmd/fraudguard

clean:
	@rm -rf bin
