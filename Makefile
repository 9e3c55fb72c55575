# `make run` and `make test` work on a fresh Debian 12 with Swift alone: what is missing is installed first.
SWIFT ?= swift
# Swift's own libraries go into the binary, so that it runs where Swift is not installed.
RELEASE := -c release --static-swift-stdlib

CODE := Package.swift Sources Adapters Tests $(wildcard Examples/*/Package.swift Examples/*/Sources)

.PHONY: run test test-examples test-libraries docs torture kill-ledger troubles simulate simulate-postgresql build deps sanitize fuzz http-differential front-door smuggle bench bench-ledger bench-desk bench-verify bench-diagnosis bench-footprint bench-front-door lint format clean help

## run: build in release mode and run the demo
run: deps
	$(SWIFT) build $(RELEASE) --product opensense-relay
	@echo
	@.build/release/opensense-relay demo

## test: build and run every test
test: deps
	scripts/install-dependencies.sh postgresql
	scripts/test.sh

## test-examples: build the receivers under Examples/ and drive each over HTTP
test-examples: deps
	scripts/install-dependencies.sh curl ruby
	scripts/test-examples.sh

## test-libraries: have libraries from PyPI read what the adapter webhook sends: Standard Webhooks and CloudEvents
test-libraries: deps
	scripts/install-dependencies.sh curl python3-venv
	scripts/test-examples.sh webhook-libraries

## torture: kill the relay 200 times in the middle of its work and count what arrives
torture: deps
	TORTURE_CYCLES=$${TORTURE_CYCLES:-200} $(SWIFT) test --filter TortureTests

## kill-ledger: kill receivers that share a ledger, in SQLite and in PostgreSQL, and count how often deliveries are handled
kill-ledger: deps
	scripts/install-dependencies.sh postgresql python3
	$(SWIFT) build --product LedgerReceiver
	scripts/kill-ledger.sh

## troubles: cause each of the relay's own troubles and see it end by the real clock, in half an hour
troubles: deps
	RELAY_TROUBLES=1 $(SWIFT) test --parallel --filter 'A whole trouble'

SEED ?= 1
SEEDS ?= 10000
## simulate: run the simulation over SEEDS worlds from SEED on; VERBOSE=1 tells what happens
simulate: deps
	$(SWIFT) build -c release --product Simulate
	scripts/simulate.sh $(SEED) $(SEEDS) $(if $(VERBOSE),--verbose)

## simulate-postgresql: the same over SEEDS worlds whose store is in a private PostgreSQL server
simulate-postgresql: deps
	scripts/install-dependencies.sh postgresql
	$(SWIFT) build -c release --product Simulate
	scripts/private-postgresql.sh run scripts/simulate.sh $(SEED) $(SEEDS) --postgresql $(if $(VERBOSE),--verbose)

## docs: build the documentation into .build/docs/site; a broken link is an error
docs: deps
	scripts/docs.sh

## build: build the command in release mode
build: deps
	$(SWIFT) build $(RELEASE) --product opensense-relay

## sanitize: run the tests with the address sanitizer and with the thread sanitizer
sanitize: deps
	scripts/install-dependencies.sh postgresql
	scripts/private-postgresql.sh run scripts/sanitize.sh

## fuzz: look for inputs that a parser cannot take, FUZZ_SECONDS (60) for each
fuzz: deps
	scripts/fuzz.sh

## http-differential: compare what the HTTP parser reads with what h11 reads, over REQUESTS (20000) generated requests
http-differential: deps
	scripts/http-differential.sh

## front-door: have strangers do their worst to a relay's port, and measure what authentic deliveries have of it
front-door: build
	scripts/install-dependencies.sh openssl python3
	python3 scripts/front-door.py .build/release/opensense-relay $(IDLE)

## smuggle: send what could be read in two ways through nginx and HAProxy, and look for what got past them
smuggle: build
	scripts/install-dependencies.sh nginx-light haproxy openssl python3
	python3 scripts/smuggle.py .build/release/opensense-relay

## bench: measure durable accepts beside peers that store nothing, a backlog, and the way to the vendor
bench: deps
	scripts/install-dependencies.sh wrk postgresql
	$(SWIFT) build $(RELEASE) --product opensense-relay
	scripts/bench.sh

## bench-ledger: measure what a claim costs in each ledger with up to a million deliveries remembered
bench-ledger: deps
	scripts/install-dependencies.sh postgresql
	$(SWIFT) build $(RELEASE) --product Benchmarks
	scripts/private-postgresql.sh run .build/release/Benchmarks ledger

## bench-desk: measure a retry of thousands of dead letters among a million deliveries, in SQLite and in PostgreSQL
bench-desk: deps
	scripts/install-dependencies.sh postgresql
	$(SWIFT) build $(RELEASE) --product opensense-relay
	scripts/bench-desk.sh

## bench-verify: measure what one verification costs, next to libcrypto, swift-crypto and two packages from PyPI
bench-verify: deps
	scripts/bench-verify.sh

## bench-diagnosis: measure what the diagnosis of the worst requests costs
bench-diagnosis: deps
	$(SWIFT) build $(RELEASE) --product Benchmarks
	.build/release/Benchmarks diagnosis

## bench-footprint: measure the size of a program that links the library alone, and what a delivery allocates
bench-footprint: deps
	scripts/install-dependencies.sh gcc libc6-dev binutils
	scripts/bench-footprint.sh

## bench-front-door: measure the HTTP server beside floors in C, refused requests, TLS and idle connections; PARTS= chooses
bench-front-door: deps
	scripts/install-dependencies.sh wrk openssl python3
	$(SWIFT) build $(RELEASE) --product opensense-relay
	$(SWIFT) build $(RELEASE) --product Benchmarks
	mkdir -p .build/floor
	clang -O2 -o .build/floor/floor Tests/Benchmarks/Floor/floor.c
	clang -O2 -o .build/floor/statements Tests/Benchmarks/Floor/statements.c -lsqlite3
	python3 scripts/bench-front-door.py .build/release .build/floor $(PARTS)

## deps: install the system libraries that are missing
deps:
	@scripts/install-dependencies.sh

## lint: check the layout of the code
lint:
	$(SWIFT) format lint --strict --recursive --parallel $(CODE)

## format: lay the code out
format:
	$(SWIFT) format --in-place --recursive --parallel $(CODE)

clean:
	$(SWIFT) package clean

help:
	@sed -n 's/^## //p' Makefile
