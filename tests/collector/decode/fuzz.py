"""Fuzzing of decoding: every format's samples, spoilt, through the whole pipeline. `make fuzz` runs it for minutes.

    python -m tests.collector.decode.fuzz [--seconds 300] [--seed N] [--failures FILE]
    python -m tests.collector.decode.fuzz --replay FILE     # each line's `topic` and `payload_hex` again

Where atheris is installed (`pip install atheris`; not among our dependencies), the coverage it measures guides what is
spoilt further; else chance alone does.
"""
# ruff: noqa: T201 - a program, which prints

import argparse
import importlib.util
import json
import sys
import tempfile
import time
import traceback
import tracemalloc
from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path
from random import Random
from time import process_time
from typing import Any, Final, get_args

from collector import profiles
from collector.envelope import MAX_REJECTED
from collector.mapping import Mappings
from collector.numbers import Reason
from collector.pipeline import Pipeline, Processed
from collector.routes import EVERYTHING
from collector.session.port import Message
from collector.settings import DecodeSettings
from mainsight.core.network import Meter, Network, Role, Text, Utility
from mainsight.core.quantities import is_quantity

from .mutate import Case, mutate

SAMPLES: Final = Path(profiles.__file__).parent / "samples"
NOW: Final = 1_767_225_600_000
CPU_S: Final = 0.1
SLACK: Final = 2.5
"""By how much another machine may be slower than the one for which `CPU_S` is promised, or a loaded one than itself."""
MEMORY_BYTES: Final = 50 * 2**20
_EARLIEST, _LATEST = NOW - 400 * 86_400_000, NOW + 600_000
_REASONS: Final = {*get_args(Reason), "unknown_device", "unknown_channel", "bad_time"}
_FRESH_EVERY: Final = 8
_WEIGHED_EVERY: Final = 200


class BrokenError(Exception):
    """A message did what none may; the cause says what."""


def seeds() -> list[Case]:
    """All samples of all formats."""
    return [Case(sample["topic"], _payload(sample)) for sample in _samples()]


def pipeline() -> Pipeline:
    """Make a pipeline for which the devices of the samples are registered, one meter each, but for every fifth."""
    devices: dict[str, dict[str, None]] = {}
    for sample in _samples():
        for device, quantity, *_ in sample["expect"]:
            devices.setdefault(device, {})[quantity] = None
    meters = {
        f"m-{n}": Meter(f"m-{n}", Text("", ""), device, "feeder", Role.MAIN, Utility.POWER, tuple(quantities))
        for n, (device, quantities) in enumerate(devices.items())
        if n % 5 and device
    }
    nothing: dict[str, Any] = {}
    network = Network("p", Text("", ""), date(2026, 1, 1), *([nothing] * 8), meters)
    return Pipeline(network, {}, EVERYTHING, Mappings(), DecodeSettings())


def check(reader: Pipeline, case: Case, *, weigh: bool = False) -> Processed:
    """Process a message and hold what is promised of it: no exception, what may come out, CPU, and memory if asked.

    The least CPU of three tries counts: what another process or the garbage collector took is not the message's.

    Raises:
        BrokenError: a promise is broken.

    """
    message = Message(case.topic, case.payload, False, 1, NOW)
    spent = []
    try:
        for _ in range(3):
            started = process_time()
            result = reader.process(message)
            spent.append(process_time() - started)
            if spent[-1] < CPU_S * SLACK:
                break
        _assert_well_formed(message, result)
        assert min(spent) < CPU_S * SLACK, f"took {min(spent):.3f} s of CPU"
        if weigh:
            held = memory(reader, message)
            assert held < MEMORY_BYTES, f"took {held / 2**20:.0f} MB"
    except Exception as error:
        raise BrokenError(f"{type(error).__name__}: {error}") from error
    return result


def memory(reader: Pipeline, message: Message) -> int:
    """Most Python memory held while a message is processed, bytes."""
    tracemalloc.start()
    try:
        reader.process(message)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def fuzz(seed: int, seconds: float, cases: int) -> Iterator[tuple[int, Case, BrokenError | None]]:
    """Spoil and check until the time or the cases are used up: number, message and what it broke, if anything.

    One pipeline is kept over all messages, as the collector's is; every eighth message meets a fresh one instead.
    """
    chance, given, kept = Random(seed), seeds(), pipeline()
    ends = time.monotonic() + seconds
    for number in range(cases):
        if time.monotonic() >= ends:
            return
        case = mutate(chance, given)
        broken = None
        try:
            reader = kept.scratch() if number % 64 == 1 else pipeline() if number % _FRESH_EVERY == 0 else kept
            check(reader, case, weigh=number % _WEIGHED_EVERY == 0)
        except BrokenError as error:
            broken = error
        yield number, case, broken


def _assert_well_formed(message: Message, result: Processed) -> None:
    for meter, quantity, time_ms, value, arrival_ms, _ in result.readings:
        assert meter.startswith("m-"), meter
        assert is_quantity(quantity), quantity
        assert type(value) is float, (quantity, value)
        assert isfinite(value), (quantity, value)
        assert type(time_ms) is int, time_ms
        assert _EARLIEST <= time_ms <= _LATEST, time_ms
        assert arrival_ms == NOW
    for kept in result.quarantined:
        assert (kept.topic, kept.payload) == (message.topic, message.payload)
        assert kept.reason in _REASONS, kept.reason
    for device in result.unknown:
        assert device.device
        assert all(map(is_quantity, device.quantities)), device.quantities
    assert len(result.refused) <= min(result.rejected, MAX_REJECTED)
    assert {refused.reason for refused in result.refused} <= _REASONS


def _samples() -> list[dict[str, Any]]:
    return [json.loads(line) for name in profiles.profile_names() for line in (SAMPLES / f"{name}.jsonl").read_text().splitlines()]


def _payload(sample: dict[str, Any]) -> bytes:
    if "payload_b64" in sample:
        return b64decode(sample["payload_b64"])
    body = sample["payload"]
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


def told(case: Case, broken: BrokenError, **found: object) -> str:
    """One line of the file of failures."""
    return json.dumps({"topic": case.topic, "payload_hex": case.payload.hex(), "broken": str(broken), **found})


def _by_chance(seed: int, seconds: float, failures: Path) -> int:
    number = count = 0
    shown = time.monotonic()
    print(f"seed {seed}")
    for number, case, broken in fuzz(seed, seconds, sys.maxsize):
        if broken is not None:
            count += 1
            traceback.print_exception(broken)
            with failures.open("a", encoding="utf-8") as file:
                file.write(told(case, broken, seed=seed, number=number) + "\n")
        if time.monotonic() - shown >= 10:
            shown = time.monotonic()
            print(f"{number + 1} messages, {count} failures", flush=True)
    print(f"{number + 1} messages, {count} failures" + (f", in {failures}" if count else ""))
    return 1 if count else 0


def _by_coverage(seed: int, seconds: float, failures: Path) -> int:
    """Let atheris choose; it ends the process at the first failure, or when the time is up."""
    import atheris  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - optional, and only here

    kept = pipeline()

    def one(data: bytes) -> None:
        topic, _, payload = data.partition(b"\n")
        case = Case(topic.decode(errors="replace"), payload)
        try:
            check(kept, case)
        except BrokenError as error:
            with failures.open("a", encoding="utf-8") as file:
                file.write(told(case, error) + "\n")
            raise

    def spoilt(data: bytes, most: int, number: int) -> bytes:
        topic, _, payload = data.partition(b"\n")
        chance = Random(number)
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, most))
        case = mutate(chance, [Case(topic.decode(errors="replace"), payload)])
        return (case.topic.encode(errors="replace") + b"\n" + case.payload)[:most]

    with tempfile.TemporaryDirectory() as folder:
        for n, (topic, payload) in enumerate(seeds()):
            Path(folder, str(n)).write_bytes(topic.encode() + b"\n" + payload)
        options = [f"-max_total_time={seconds:.0f}", f"-seed={seed}", "-max_len=300000", f"-artifact_prefix={folder}/"]
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], *options, folder], one, custom_mutator=spoilt)
        atheris.Fuzz()
    return 0


def _replay(file: Path) -> int:
    count = 0
    for line in file.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        try:
            check(pipeline(), Case(record["topic"], bytes.fromhex(record["payload_hex"])), weigh=True)
        except BrokenError as error:
            count += 1
            traceback.print_exception(error)
    print(f"{count} messages fail")
    return 1 if count else 0


def main() -> int:
    """Run; 1 when something failed."""
    parser = argparse.ArgumentParser(description="Spoil messages of all formats and see that decoding keeps its promises.")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 2**31)
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures.jsonl"), help="file to which failing messages are added")
    parser.add_argument("--replay", type=Path, help="check the messages of such a file again, each by a fresh pipeline")
    args = parser.parse_args()
    if args.replay is not None:
        return _replay(args.replay)
    run = _by_coverage if importlib.util.find_spec("atheris") else _by_chance
    return run(args.seed, args.seconds, args.failures)


if __name__ == "__main__":
    raise SystemExit(main())
