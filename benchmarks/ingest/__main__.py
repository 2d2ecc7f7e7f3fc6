"""Broker to durable store: messages a second, CPU microseconds a message, memory.

Usage: python benchmarks/ingest [--messages 40000] [--rounds 5] [--only codec influx ...]
       python benchmarks/ingest --shares [--messages 40000]
       python benchmarks/ingest --soak 600 [--rate 2000] [--store influx]
       python benchmarks/ingest --trickle 10 [--rates 100 500 2000] [--lingers 0 50] [--in-flight 20]

Subjects: the whole collector with each of its two MQTT sessions into DuckDB, with the codec into InfluxDB 1.x (influx), with
messages of three other formats (sparkplug, wmbusmeters, chirpstack); and, with the plain JSON messages, a plain aiomqtt
script (plain.py), Node-RED and Telegraf into InfluxDB where they are installed (peers.py). Each message has four readings and
waits at a mosquitto of our own when the subject connects. The subjects take turns, each run in a process of its own; every
run ends with a count of the rows in its store. CPU is that of the subject's process, all threads, without the broker's and
InfluxDB's. `--shares`, `--soak` and `--trickle` are told in the modules of that name.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import formats
import peers
import subjects
from load import Load
from stores import STORES

from collector.settings import CollectSettings
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.registry.reading import load_network

_ALL = (*subjects.COLLECTORS, subjects.PLAIN, *peers.PEERS)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the collector, broker to durable store.")
    parser.add_argument("--messages", type=int, default=40_000, help="messages a run")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each subject")
    parser.add_argument("--only", choices=_ALL, nargs="+", default=_ALL, help="these subjects alone")
    parser.add_argument("--shares", action="store_true", help="one, two and four collectors that share the load, into one InfluxDB")
    parser.add_argument("--soak", type=float, metavar="SECONDS", help="memory of one collector under a steady load")
    parser.add_argument("--rate", type=int, default=2_000, help="messages a second of the steady load")
    parser.add_argument("--store", choices=STORES, default="duckdb", help="store of the steady load")
    parser.add_argument("--trickle", type=float, metavar="SECONDS", help="CPU and delay at low rates")
    parser.add_argument("--rates", type=int, nargs="+", default=(100, 500, 2_000), help="messages a second that trickle in")
    parser.add_argument("--lingers", type=int, nargs="+", default=(0, CollectSettings().linger_ms), help="waits to compare, ms")
    parser.add_argument("--in-flight", type=int, default=0, help="unacknowledged messages that the broker allows; 0 for any number")
    parser.add_argument("--run", nargs=4, metavar=("SUBJECT", "HOST", "PORT", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        subject, host, port, folder = args.run
        print(json.dumps(asdict(subjects.measure(subject, host, int(port), Path(folder), args.messages))))
        return
    print(machine())
    if args.shares:
        import shares  # noqa: PLC0415 - each mode's own libraries

        shares.main(args.messages, args.rounds)
    elif args.soak:
        import soak  # noqa: PLC0415 - likewise

        soak.main(args.store, args.soak, args.rate)
    elif args.trickle:
        import trickle  # noqa: PLC0415 - likewise

        trickle.main(args.rates, args.trickle, args.lingers, args.in_flight)
    else:
        compare(args.only, args.messages, args.rounds)


def compare(chosen: tuple[str, ...], messages: int, rounds: int) -> None:
    """Measure subjects by turns."""
    absent = {name: why for name, why in peers.missing(os.environ).items() if name in chosen}
    for name, why in absent.items():
        print(f"{name} is not measured: {why}")
    results: dict[str, list[subjects.Result]] = {subject: [] for subject in chosen if subject not in absent}
    for number in range(rounds):
        for subject, so_far in results.items():
            so_far.append(one_run(subject, messages))
            print(f"  round {number + 1}, {subject}: {so_far[-1].wall_s:.2f} s, {so_far[-1].commits} commits", file=sys.stderr)
    print(f"{messages} messages of 4 readings, {rounds} rounds; median (least to most)")
    for subject, runs in results.items():
        rates = [messages / run.wall_s for run in runs]
        cpus = [run.cpu_s / messages * 1e6 for run in runs]
        memory = [run.peak_mb for run in runs]
        print(f"{subject:<12} {spread(rates, ',.0f')} messages/s   {spread(cpus, '.1f')} us CPU a message   {spread(memory, '.0f')} MB")


def one_run(subject: str, messages: int) -> subjects.Result:
    """Fill a fresh broker for the subject, then let it run."""
    told = subjects.COLLECTORS[subject].format if subject in subjects.COLLECTORS else "json"
    with tempfile.TemporaryDirectory() as name, Broker(BrokerConfig(Path(name) / "broker", persistence=False)) as broker:
        subjects.register(subject, broker.host, broker.port)
        asyncio.run(subjects.make_state(Path(name)))
        with Load(broker.host, broker.port) as load:
            load.publish(formats.messages(told, load_network(subjects.REGISTRY), messages, now_ms()))
        if subject in peers.PEERS:
            result = peers.measure(subject, broker.host, broker.port, Path(name), messages)
        else:
            command = [sys.executable, __file__, "--messages", str(messages), "--run", subject, broker.host, str(broker.port), name]
            run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
            result = subjects.Result(**json.loads(run.stdout))
    if result.rows != messages * len(formats.QUANTITIES):
        sys.exit(f"{subject} stored {result.rows} rows of {messages * len(formats.QUANTITIES)}")
    return result


def spread(values: list[float], form: str) -> str:
    """Median and range."""
    return f"{statistics.median(values):{form}} ({min(values):{form}} to {max(values):{form}})"


def machine() -> str:
    """What the figures hold for."""
    models = [line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    model = models[0] if models else platform.machine()
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"


if __name__ == "__main__":
    main()
