"""Writes docs/reference/formats.md: what each format's messages give, out of a run over the profiles' own samples."""

import importlib
import inspect
import json
from base64 import b64decode
from pathlib import Path
from typing import Any

from collector import profiles
from collector.decode import Decoder
from collector.envelope import Decoded
from collector.routes import Route, Routes
from collector.settings import DecodeSettings

PROJECT = Path(__file__).parents[1]
SAMPLES = Path(profiles.__file__).parent / "samples"
PAGE = PROJECT / "docs" / "reference" / "formats.md"
HEAD = """# Formats

What is recognised without any rule, what is read of it, and what waits for a rule ([decode.md](decode.md) tells how to write one). Units
are the canonical ones; `now` in the last column stands for readings without a time of their own.

This page is written by `.venv/bin/python scripts/formats.py` from a run over the samples beside the profiles; a test fails when it is
out of date.

"""
ROWS = "| topic | read | waits or is refused | time |\n| --- | --- | --- | --- |\n"


def page() -> str:
    """Text of the page."""
    names = profiles.profile_names()
    contents = "".join(f"- [{name}](#{name})\n" for name in names)
    return HEAD + contents + "".join(section(name) for name in names)


def section(name: str) -> str:
    """One format: its description and a row for each sample."""
    title, _, rest = (inspect.getdoc(importlib.import_module(f"collector.profiles.{name}")) or "").partition("\n")
    samples = [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    rows = "".join(row(sample, samples) for sample in samples)
    return f"\n## {name}\n\n{title}\n\n{rest.strip()}\n\n{ROWS}{rows}"


def row(sample: dict[str, Any], samples: list[dict[str, Any]]) -> str:
    """Row of one sample, decoded after those that it needs."""
    decoder = Decoder(DecodeSettings(), Routes(routes=(Route(topic="#", zone=sample.get("zone")),)))
    for number in sample.get("after", []):
        decoder.decode(samples[number - 1]["topic"], payload(samples[number - 1]))
    decoded = decoder.decode(sample["topic"], payload(sample))
    refused = [f"{code(rejected.field)}: {rejected.reason}" for rejected in decoded.rejected]
    if decoded.quarantined is not None and not refused:
        refused = [f"all: {decoded.quarantined}"]
    return f"| {code(sample['topic'])}{after(sample)} | {read(decoded)} | {', '.join(refused)} | {when(decoded)} |\n"


def code(text: str) -> str:
    """Set a device's own text, whatever it holds, as code within a table."""
    return (
        "`" + "".join(character if character.isprintable() else f"\\u{ord(character):04x}" for character in text).replace("|", "\\|") + "`"
    )


def after(sample: dict[str, Any]) -> str:
    """Say that a sample needs others before it."""
    return " after its announcement" if sample.get("after") else ""


def read(decoded: Decoded) -> str:
    """Quantities that were read, by device where there are several."""
    by_device: dict[str, dict[str, None]] = {}
    for block in decoded.blocks:
        by_device.setdefault(block.device, {}).update(dict.fromkeys(block.quantities))
    if len(by_device) == 1:
        return ", ".join(next(iter(by_device.values())))
    return "; ".join(f"{code(device)}: {', '.join(quantities)}" for device, quantities in by_device.items())


def when(decoded: Decoded) -> str:
    """Where the times come from."""
    times = {time for block in decoded.blocks for time in block.times}
    own = len(times - {None})
    return "" if not times else "now" if not own else "its own" if own == 1 else f"its own, {own}"


def payload(sample: dict[str, Any]) -> bytes:
    """Bytes of a sample."""
    if "payload_b64" in sample:
        return b64decode(sample["payload_b64"])
    body = sample["payload"]
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
