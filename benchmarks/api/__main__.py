"""The API at 50 clients on a year of the sample province, charts of a day to five years, and what 50 listeners of the live stream cost.

    python -m benchmarks.api [--days 365] [--clients 50] [--seconds 6]

`mainsight serve` runs in a process of its own on the embedded store, with a broker and the simulator live; wrk asks (scripts/get-debian
wrk). docs/benchmarks/api.md has results.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from api.access.keys import make_key
from benchmarks.api.year import lay_down, series_of
from mainsight.app.broker import Broker, BrokerConfig
from mainsight.app.clock import now_ms
from mainsight.app.settings import PROJECT
from mainsight.app.simulation import SimulatorOptions, simulator
from mainsight.core.network import Network
from mainsight.registry.reading import load_network
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState

_DEBIAN = PROJECT / ".tools" / "debian" / "usr"
_DAY_MS = 86_400_000
_STARTED_S = 300
_ZONE, _YEARS, _TIMES = "quang-chau", 5, 40
_AUTO = {"step": "auto", "points": 800}
_CHARTS: tuple[tuple[str, int, dict[str, str | int]], ...] = (
    ("a day", 1, {"step": 900}),
    ("a week", 7, {"step": 900}),
    ("six weeks", 42, {"step": 3600}),
    ("a year", 365, _AUTO),
    ("five years", _YEARS * 365, _AUTO),
)
"""Days, and how finely `console/src/state/range.ts` asks for them."""
_IDLE_S = 10
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """A running system."""

    url: str
    key: str
    pid: int

    def cpu_s(self) -> float:
        """CPU seconds of the process so far, children apart."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK


def calls(network: Network) -> dict[str, str]:
    """The ten calls that console, Grafana and programs make most."""
    now = now_ms()
    meter = next(one.meter for one in series_of(network) if one.quantity == "power")
    day, year = f"start_ms={now - _DAY_MS}&end_ms={now}", f"start_ms={now - 365 * _DAY_MS}&end_ms={now}"
    return {
        "overview": "/overview",
        "a zone's page": "/zones/quang-chau",
        "headroom of all zones": "/headroom",
        "open alarms": "/alarms?state=open",
        "meters, a page of 200": "/meters",
        "assets": "/assets",
        "demand of a zone, a day by 15 min": f"/demand?asset=quang-chau&utility=power&{day}",
        "demand of a zone, a year, 400 points": f"/demand?asset=quang-chau&utility=power&step=auto&points=400&{year}",
        "a meter, a year, 400 points": f"/meters/{meter}/readings?quantity=power&step=auto&points=400&{year}",
        "forecast of a zone": "/forecasts?target=quang-chau&quantity=power",
    }


@contextmanager
def served(folder: Path, store: StoreSettings, broker_port: int, key: str) -> Iterator[Server]:
    """Run `mainsight serve` until the context ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "reports_s": 5,
        "broker": {"port": broker_port},
        "store": {"readings": str(store.readings), "state": str(store.state)},
        "api": {"port": port, "access": {"requests_per_minute": 0}},
        "log": {"level": "warning"},
    }
    file = folder / "mainsight.yaml"
    file.write_text(json.dumps(settings), encoding="utf-8")
    words = [sys.executable, "-m", "mainsight.app", "serve", "--settings", str(file)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        try:
            yield Server(f"http://127.0.0.1:{port}/api/v1", key, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=60)


def wait_for(server: Server) -> None:
    """Until there is a forecast to ask for."""
    deadline = time.monotonic() + _STARTED_S
    with httpx.Client(headers={"X-API-Key": server.key}, timeout=30) as client:
        while time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError):
                if client.get(f"{server.url}/forecasts?target=quang-chau&quantity=power").status_code == 200:
                    return
            time.sleep(1)
    raise SystemExit(f"no forecast within {_STARTED_S} s")


def ask(server: Server, path: str, clients: int, seconds: int) -> str:
    """Median and 99th percentile, answers a second and CPU of the server an answer; ends when any answer was an error."""
    words = [str(_DEBIAN / "bin" / "wrk"), "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "--timeout", "30s"]
    libraries = os.environ | {"LD_LIBRARY_PATH": f"{next((_DEBIAN / 'lib').glob('*-linux-gnu'))}"}
    before = server.cpu_s()
    key = ["-H", f"X-API-Key: {server.key}"]
    said = subprocess.run([*words, *key, server.url + path], capture_output=True, text=True, check=True, env=libraries).stdout
    used = server.cpu_s() - before
    if "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{path}: {said}")
    patterns = (r"\n +50% +(\S+)", r"\n +99% +(\S+)", r"Requests/sec:\s+(\S+)", r"(\d+) requests in")
    p50, p99, rate, count = (one[1] if (one := re.search(pattern, said)) else "0" for pattern in patterns)
    return f"{p50} | {p99} | {float(rate):.0f} | {1e3 * used / max(int(count), 1):.1f} ms"


def draw(server: Server, days: int, fineness: dict[str, str | int], idle: float) -> str:
    """Ask for a chart's numbers again and again, never the same range: points, time, size, and CPU of the server beyond that at rest."""
    end, times, size, said = now_ms() // 3_600_000 * 3_600_000, [], 0, {}
    with httpx.Client(base_url=server.url, headers={"X-API-Key": server.key}, timeout=30) as client:
        before, start = server.cpu_s(), time.perf_counter()
        for shift in range(_TIMES):
            of = {"asset": _ZONE, "utility": "power", "start_ms": end - days * _DAY_MS + shift, "end_ms": end - shift, **fineness}
            began = time.perf_counter()
            answer = client.get("/demand", params=of).raise_for_status()
            times.append(time.perf_counter() - began)
            size, said = answer.num_bytes_downloaded, answer.json()
        used = server.cpu_s() - before - idle * (time.perf_counter() - start)
    points = f"{len(said['start_ms'])} points by {said['step_s']} s"
    return f"{points} | {1e3 * statistics.median(times):.0f} ms | {size / 1e3:.0f} | {1e3 * used / _TIMES:.1f} ms"


@asynccontextmanager
async def listening(server: Server, clients: int) -> AsyncIterator[None]:
    """Have clients listen to the live stream."""

    async def listen() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(server.url).port)
        writer.write(f"GET /api/v1/stream HTTP/1.1\r\nHost: here\r\nX-API-Key: {server.key}\r\n\r\n".encode())
        while await reader.read(65_536):
            pass

    tasks = [asyncio.create_task(listen()) for _ in range(clients)]
    await asyncio.sleep(3)
    if any(task.done() for task in tasks):
        raise SystemExit("a listener was not let in")
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()


async def share(server: Server, seconds: int) -> float:
    """CPU of the server over some seconds, percent of one core."""
    before, began = server.cpu_s(), time.perf_counter()
    await asyncio.sleep(seconds)
    return 100 * (server.cpu_s() - before) / (time.perf_counter() - began)


async def run(args: argparse.Namespace) -> None:
    """Lay down, serve, ask."""
    network = load_network(PROJECT / "registry")
    with tempfile.TemporaryDirectory(dir=args.folder) as name:
        folder = Path(name)
        store = StoreSettings(readings=folder / "readings.duckdb", state=folder / "state.sqlite")
        began = time.perf_counter()
        values = await lay_down(store, network, args.days, _ZONE, _YEARS * 365, now_ms())
        print(f"{values / 1e6:.1f} M final values of {len(series_of(network))} series laid down in {time.perf_counter() - began:.0f} s")
        state = await SqlState.open(store)
        key, record = make_key("benchmark", "viewer", now_ms())
        await state.save_key(record)
        await state.close()
        faults = folder / "faults.json"
        faults.write_text("[]", encoding="utf-8")
        with Broker(BrokerConfig(folder / "broker", persistence=False)) as broker, served(folder, store, broker.port, key) as server:
            live = SimulatorOptions(PROJECT / "registry", broker.port, now_ms(), 5, faults, folder / "truth.jsonl")
            async with simulator(live):
                await asyncio.to_thread(wait_for, server)
                await measure(server, network, args)


async def measure(server: Server, network: Network, args: argparse.Namespace) -> None:
    """Print both tables."""
    print(f"\n| call, {args.clients} clients | p50 | p99 | answers/s | CPU an answer |\n| --- | --- | --- | --- | --- |")
    for what, path in calls(network).items():
        print(f"| {what} | {await asyncio.to_thread(ask, server, path, args.clients, args.seconds)} |", flush=True)
    idle = await share(server, _IDLE_S) / 100
    print(f"\n| chart of {_ZONE}, one client | as the console asks | median | KB packed | CPU an answer |\n| --- | --- | --- | --- | --- |")
    for what, days, fineness in _CHARTS:
        print(f"| {what} | {await asyncio.to_thread(draw, server, days, fineness, idle)} |", flush=True)
    print("\n| live stream | CPU of the server, % of a core |\n| --- | --- |")
    await asyncio.sleep(10)
    for _ in range(3):
        quiet = await share(server, 15)
        async with listening(server, args.clients):
            heard = await share(server, 15)
        print(f"| nobody, {args.clients} listeners, difference | {quiet:.1f}, {heard:.1f}, {heard - quiet:.2f} |", flush=True)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="benchmarks.api", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--days", type=int, default=365, help="of history (default %(default)s)")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=6, help="for each call (default %(default)s)")
    parser.add_argument("--folder", type=Path, help="where files are made (default: the system's temporary folder)")
    args = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    asyncio.run(run(args))


if __name__ == "__main__":
    main()
