"""Broker to durable store: messages a second and CPU microseconds a message.

Usage: python benchmarks/ingest [--messages 40000] [--rounds 5] [--only codec]

Subjects: the whole collector with each of its two MQTT sessions into DuckDB, with the codec into InfluxDB 1.x (influx), and a
plain aiomqtt script (plain.py). Each message has
four readings in plain JSON and waits at a mosquitto of our own when the subject connects. The subjects take turns, each
run in a process of its own; every run ends with a count of the rows in its file. CPU is that of the subject's process,
all threads, without the broker's and InfluxDB's.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import load
import subjects

from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.registry.reading import load_network


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the collector, broker to durable store.")
    parser.add_argument("--messages", type=int, default=40_000, help="messages a run")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each subject")
    parser.add_argument("--only", choices=subjects.SUBJECTS, help="one subject alone")
    parser.add_argument("--run", nargs=4, metavar=("SUBJECT", "HOST", "PORT", "FOLDER"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.run:
        subject, host, port, folder = args.run
        print(json.dumps(asdict(subjects.measure(subject, host, int(port), Path(folder), args.messages))))
        return
    print(machine())
    chosen = (args.only,) if args.only else subjects.SUBJECTS
    results: dict[str, list[subjects.Result]] = {subject: [] for subject in chosen}
    for number in range(args.rounds):
        for subject in chosen:
            result = one_run(subject, args.messages)
            results[subject].append(result)
            print(f"  round {number + 1}, {subject}: {result.wall_s:.2f} s, {result.commits} commits", file=sys.stderr)
    print(f"{args.messages} messages of 4 readings, {args.rounds} rounds; median (least to most)")
    for subject, runs in results.items():
        rates = [args.messages / run.wall_s for run in runs]
        cpus = [run.cpu_s / args.messages * 1e6 for run in runs]
        print(f"{subject:<8} {spread(rates, ',.0f')} messages/s   {spread(cpus, '.1f')} us CPU a message")


def one_run(subject: str, messages: int) -> subjects.Result:
    """Fill a fresh broker for the subject, then let it run."""
    with tempfile.TemporaryDirectory() as name, Broker(BrokerConfig(Path(name) / "broker", persistence=False)) as broker:
        subjects.register(subject, broker.host, broker.port)
        load.publish(broker.host, broker.port, load.payloads(load_network(subjects.REGISTRY), messages, now_ms()))
        command = [sys.executable, __file__, "--messages", str(messages), "--run", subject, broker.host, str(broker.port), name]
        run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    result = subjects.Result(**json.loads(run.stdout))
    if result.rows != messages * len(load.QUANTITIES):
        sys.exit(f"{subject} stored {result.rows} rows of {messages * len(load.QUANTITIES)}")
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
