"""The same rules and readings in vmalert with VictoriaMetrics, where both are installed.

Usage: python benchmarks/alarms/vmalert.py [--part judge|replay] [--seconds 30] [--tools FOLDER]

judge: 10,000 meters that send once a second, one rule on each, evaluated each second, once as 10,000 rules and once as a single
expression over all meters, the shape that suits it best. replay: 1,000 rules over a year of quarter hours. CPU is that of
vmalert and of VictoriaMetrics, which answers its queries and takes the readings; it has no deadband, no states beyond firing,
and no topology.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import numpy as np
from plant import DAY_MS, START_MS, columns_of, network_of

from mainsight.app.child import free_port

_LIMIT_KW = 100.0
_METERS, _REPLAYED = 10_000, 1_000
_DAYS = 365
_TOOLS = Path(__file__).parents[2] / ".tools" / "debian" / "usr" / "bin"
_START_S = 30.0


class Metrics(NamedTuple):
    """A running VictoriaMetrics."""

    url: str
    pid: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--part", choices=["judge", "replay"], help="only this part")
    parser.add_argument("--seconds", type=int, default=30, help="of readings for judge (default: 30)")
    parser.add_argument("--tools", type=Path, default=_TOOLS, help="where victoria-metrics and vmalert are, unless on the PATH")
    args = parser.parse_args()
    programs = {name: shutil.which(name) or shutil.which(args.tools / name) for name in ("victoria-metrics", "vmalert")}
    if gone := [name for name, path in programs.items() if path is None]:
        parser.error(f"there is no {' and no '.join(gone)}: apt-get install victoria-metrics, or name their folder by --tools")
    found = {name: str(path) for name, path in programs.items()}
    if args.part in {None, "judge"}:
        judge(found, args.seconds, [f'power{{meter="{meter}"}} > {_LIMIT_KW}' for meter in network_of(_METERS).meters])
        judge(found, args.seconds, [f"power > {_LIMIT_KW}"])
    if args.part in {None, "replay"}:
        replay_year(found)


def judge(programs: Mapping[str, str], seconds: int, expressions: Sequence[str]) -> None:
    """CPU for a reading a second of each of 10,000 meters."""
    random, meters = np.random.default_rng(1), list(network_of(_METERS).meters)
    with tempfile.TemporaryDirectory() as name, _metrics(programs, Path(name)) as metrics:
        _send(metrics, random, meters)
        rules = _rules(Path(name), expressions, "1s")
        command = [programs["vmalert"], f"-rule={rules}", f"-datasource.url={metrics.url}", f"-remoteWrite.url={metrics.url}", *_quiet()]
        with (
            _sink() as sink,
            subprocess.Popen([*command, f"-notifier.url={sink}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as alerts,
        ):
            begun, before = time.monotonic(), (_cpu_s(alerts.pid), _cpu_s(metrics.pid))
            for second in range(seconds):
                time.sleep(max(0.0, begun + second - time.monotonic()))
                _send(metrics, random, meters)
            time.sleep(max(0.0, begun + seconds - time.monotonic()))
            spent = (_cpu_s(alerts.pid) - before[0], _cpu_s(metrics.pid) - before[1])
            length, memory = time.monotonic() - begun, _memory_mb(alerts.pid)
            evaluations = _evaluations(next(word for word in command if "httpListenAddr" in word))
            alerts.kill()
    print(
        f"vmalert, {len(expressions):,} rules over {_METERS:,} meters at 1/s for {length:.0f} s: {spent[0] / length:.0%} of a core and "
        f"{memory:.0f} MB, VictoriaMetrics {spent[1] / length:.0%}; {evaluations:,} rules evaluated of {len(expressions) * seconds:,} due"
    )


def replay_year(programs: Mapping[str, str]) -> None:
    """CPU and time for a year of 1,000 rules, the readings imported before."""
    network = network_of(_REPLAYED)
    with tempfile.TemporaryDirectory() as name, _metrics(programs, Path(name)) as metrics:
        for series, column in columns_of(network, _DAYS).items():
            labels = {"__name__": "power", "meter": series.meter}
            row = {"metric": labels, "values": column.value.tolist(), "timestamps": column.at_ms.tolist()}
            _post(f"{metrics.url}/api/v1/import", json.dumps(row).encode())
        _post(f"{metrics.url}/internal/force_flush", b"")
        rules = _rules(Path(name), [f'power{{meter="{meter}"}} > {_LIMIT_KW}' for meter in network.meters], "15m")
        ends = (_moment(START_MS), _moment(START_MS + _DAYS * DAY_MS))
        command = [
            programs["vmalert"], f"-rule={rules}", f"-datasource.url={metrics.url}", f"-remoteWrite.url={metrics.url}", *_quiet(),
            f"-replay.timeFrom={ends[0]}", f"-replay.timeTo={ends[1]}", "-replay.rulesDelay=0s", "-replay.disableProgressBar",
        ]  # fmt: skip
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun, before, others = time.perf_counter(), _cpu_s(metrics.pid), ended.ru_utime + ended.ru_stime
        code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - others
        spent = time.perf_counter() - begun
        served = _cpu_s(metrics.pid) - before
        _post(f"{metrics.url}/internal/force_flush", b"")
        fired = _ask(metrics, f'count(count_over_time(ALERTS{{alertstate="firing"}}[{_DAYS}d]))', ends[1])
    print(
        f"vmalert, replay of {_REPLAYED:,} rules over a year: {spent:.1f} s, CPU {cpu:.1f} s and VictoriaMetrics {served:.1f} s, "
        f"exit {code}; {fired:.0f} of its rules fired"
    )


@contextmanager
def _metrics(programs: Mapping[str, str], folder: Path) -> Iterator[Metrics]:
    url = f"http://127.0.0.1:{free_port()}"
    command = [
        programs["victoria-metrics"], f"-storageDataPath={folder / 'data'}", f"-httpListenAddr={url.removeprefix('http://')}",
        "-retentionPeriod=5y", "-search.latencyOffset=0s", "-loggerLevel=ERROR",
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait(f"{url}/health")
            yield Metrics(url, process.pid)
        finally:
            process.kill()  # its folder goes with it, and an orderly end can take minutes


@contextmanager
def _sink() -> Iterator[str]:
    """A server that takes announcements as Alertmanager does, and does nothing with them."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _rules(folder: Path, expressions: Sequence[str], every: str) -> Path:
    """A rule file (JSON is YAML)."""
    rules = [{"alert": f"high-{n:05}", "expr": expression} for n, expression in enumerate(expressions)]
    path = folder / "rules.yaml"
    path.write_text(json.dumps({"groups": [{"name": "limits", "interval": every, "concurrency": 2, "rules": rules}]}))
    return path


def _quiet() -> list[str]:
    return [f"-httpListenAddr=127.0.0.1:{free_port()}", "-loggerLevel=ERROR"]


def _send(metrics: Metrics, random: np.random.Generator, meters: Sequence[str]) -> None:
    values = random.normal(60.0, 13.0, len(meters)).tolist()
    lines = "".join(f'power{{meter="{meter}"}} {value}\n' for meter, value in zip(meters, values, strict=True))
    _post(f"{metrics.url}/api/v1/import/prometheus", lines.encode())


def _post(url: str, body: bytes) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=60) as answer:  # noqa: S310 (our own server)
        answer.read()


def _ask(metrics: Metrics, query: str, at: str) -> float:
    words = urllib.parse.urlencode({"query": query, "time": at})
    with urllib.request.urlopen(f"{metrics.url}/api/v1/query?{words}", timeout=120) as answer:  # noqa: S310 (our own server)
        found = json.load(answer)["data"]["result"]
    return float(found[0]["value"][1]) if found else 0.0


def _evaluations(listening: str) -> int:
    """Rules that vmalert says it has evaluated."""
    with urllib.request.urlopen(f"http://{listening.partition('=')[2]}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith("vmalert_execution_total")))


def _wait(url: str) -> None:
    deadline = time.monotonic() + _START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):  # noqa: S310 (our own server)
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _cpu_s(pid: int) -> float:
    """CPU of a running process so far, all threads, seconds."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def _moment(at_ms: int) -> str:
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


if __name__ == "__main__":
    main()
