# The two commands are `make demo` and `make test`; the rest is what they are made of.
.PHONY: demo test setup setup-test check test-shared benchmark fuzz screenshots lock clean

demo: setup ## run the sample province: simulator, broker, collector, store, forecasts, alarms, console (STORE=influx: on InfluxDB, a process a role)
	@$(if $(filter influx,$(STORE)),scripts/get-debian influxdb)
	@.venv/bin/mainsight demo $(if $(STORE),--store $(STORE)) $(if $(DEMO_SECONDS),--seconds $(DEMO_SECONDS))

test: setup-test ## set up what the tests need, check everything, run the tests
	@scripts/check
	@scripts/test
	@if [ -d ../shared ]; then scripts/test shared; else echo 'tests on real series not run: there is no ../shared beside the repository'; fi

setup:
	@scripts/setup

setup-test:
	@scripts/setup test

check: setup-test ## format, lint, types, imports, dead code
	@scripts/check

test-shared: setup-test ## the tests on real series and messages, which live beside the repository
	@scripts/test shared

benchmark: setup-test ## messages a second and CPU a message, broker to durable store
	@.venv/bin/python benchmarks/ingest

fuzz: setup-test ## spoilt messages of all formats through decoding (FUZZ_SECONDS=300); those that fail go to fuzz-failures.jsonl
	@.venv/bin/python -m tests.collector.decode.fuzz --seconds $(or $(FUZZ_SECONDS),300)

screenshots: setup-test ## docs/images again, from a running demo
	@.venv/bin/python scripts/screenshots.py

lock: ## write the locks again (PACKAGES="name ..." upgrades those)
	@scripts/lock $(PACKAGES)

clean:
	rm -rf .venv .data api/static console/node_modules
