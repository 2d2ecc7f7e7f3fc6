"""`mainsight decode` as a program, and our decoders on messages as the field sends them."""

import importlib.util
import json
import subprocess
import sys
from base64 import b64encode
from datetime import datetime
from math import isclose
from pathlib import Path
from typing import Any

import pytest

from mainsight.core.quantities import quantity
from mainsight.core.zonetime import to_ms

ROOT = Path(__file__).parents[3]
MAINSIGHT = Path(sys.executable).parent / "mainsight"
CORPUS = ROOT.parent / "shared" / "payloads"
UNTOLD = {"homie-001"}
"""Messages that need an earlier one which the corpus does not hold."""
DISAGREED = {
    "hostile-013": "a trailing NUL is stripped, so the telegram before it is read; its author leaves that open",
    "dlms_hdlc-003": "its list gives int16 0x0000 for both currents (10 00 00, then the structure 02 02 of scaler and unit): 0 A, not 0.2",
}
"""Messages of which we say otherwise than the corpus, and why."""
LENIENT = {"tolerant_only", "optional", "needs_codec"}
"""Marks of readings that a decoder may leave out."""


def run(*arguments: str, lines: bytes, wrong: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    """Answers to lines, of which those with the numbers `wrong` are told to hold no message."""
    done = subprocess.run([MAINSIGHT, "decode", *arguments], input=lines, capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    told = done.stderr.decode().splitlines()
    assert [one.split(": no message")[0] for one in told] == [f"mainsight decode: line {number}" for number in wrong]
    assert all("payload_b64" in one for one in told)
    return [json.loads(line) for line in done.stdout.splitlines()]


def line(number: str, topic: str, payload: bytes) -> bytes:
    return json.dumps({"id": number, "topic": topic, "payload_b64": b64encode(payload).decode()}).encode() + b"\n"


def test_every_line_is_answered_in_order() -> None:
    lines = [
        line("a", "x/y", b'{"device": "d", "time": 1767225600, "power_kw": 2, "P": 3}'),
        b"not json\n",
        b"[1]\n",
        b'{"id": "c", "topic": 5, "payload_b64": ""}\n',
        b'{"id": "d", "topic": "x", "payload_b64": "***"}\n',
        line("e", "x", b"\xff\x00"),
        line("f", "x", b""),
        line("g", "a\0b", b"1"),
        line("h", "x", b"{" * 500_000),
    ]
    answers = run("--auto", lines=b"".join(lines), wrong=(2, 3, 4, 5))
    assert [answer["quarantined"] for answer in answers] == [
        None, "not_decodable", "not_decodable", "not_decodable", "not_decodable", "unknown_format", None, "bad_topic", "too_large"
    ]  # fmt: skip
    assert answers[0] == {
        "id": "a",
        "readings": [{"device": "d", "quantity": "power", "value": 2.0, "unit": "kW", "time": "2026-01-01T00:00:00Z"}],
        "rejected": [{"field": "P", "reason": "needs_mapping"}],
        "quarantined": None,
    }
    assert [answer["id"] for answer in answers[3:5]] == ["c", "d"]


def test_rules_and_routes_are_used_unless_left_out(tmp_path: Path) -> None:
    message = line("a", "v1/gateway/telemetry", b'{"d": {"P": 3, "X": 4}}')
    assert run("--auto", lines=message)[0]["quarantined"] == "needs_mapping"
    assert [reading["value"] for reading in run(lines=message)[0]["readings"]] == [3.0]
    rules = tmp_path / "rules.yaml"
    rules.write_text("rules: [{topic: '#', profile: thingsboard, fields: {X: {quantity: voltage, unit: V}}}]\n")
    assert [reading["quantity"] for reading in run("--auto", "--mapping", str(rules), lines=message)[0]["readings"]] == ["voltage"]


def test_a_wrong_file_of_rules_is_told(tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    rules.write_text("rulez: []\n")
    done = subprocess.run([MAINSIGHT, "decode", "--mapping", str(rules)], input=b"", capture_output=True, check=False, cwd=ROOT, timeout=60)
    assert done.returncode == 2
    assert b"rules.yaml:1: rulez: is an unknown key; did you mean rules?" in done.stderr


def same(reading: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether a reading is one the corpus asks for; times agree to the millisecond."""
    if (wanted["ts"] is None) != (reading["time"] is None):
        return False
    times_agree = wanted["ts"] is None or abs(_ms(wanted["ts"]) - _ms(reading["time"])) <= 1
    return (
        times_agree
        and (wanted["metric"], wanted["unit"], wanted["device"]) == (reading["quantity"], reading["unit"], reading["device"])
        and isclose(wanted["value"], reading["value"], rel_tol=1e-6, abs_tol=1e-12)
    )


def _ms(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


@pytest.mark.shared
def test_the_corpus_gives_all_that_is_derivable_no_wrong_value_and_a_reason_for_what_it_does_not_give() -> None:
    if not CORPUS.exists():
        pytest.skip("needs shared/payloads beside the repository")
    spec = importlib.util.spec_from_file_location("materialise", CORPUS / "materialise.py")
    assert spec is not None
    assert spec.loader is not None
    materialise = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(materialise)
    records = materialise.load(CORPUS / "corpus.jsonl")
    answers = run("--auto", lines=b"".join(line(record["id"], record["topic"], materialise.payload(record)) for record in records))
    assert [answer["id"] for answer in answers] == [record["id"] for record in records]
    wrong, missing, silent = [], [], []
    for record, answer in zip(records, answers, strict=True):
        certain = [wanted for wanted in record.get("expect", []) if not wanted.get("needs_mapping")]
        for reading in answer["readings"]:
            assert quantity(reading["quantity"]).unit == reading["unit"]
            found = next((wanted for wanted in certain if same(reading, wanted)), None)
            if found is not None:
                certain.remove(found)
            elif record["id"] not in DISAGREED:
                wrong.append((record["id"], reading))
        if record["id"] not in UNTOLD | DISAGREED.keys():
            missing += [(record["id"], wanted) for wanted in certain if not LENIENT & wanted.keys()]
        if len(answer["readings"]) < len(record.get("expect", [])) and not answer["rejected"] and answer["quarantined"] is None:
            silent.append(record["id"])
    assert wrong == []
    assert missing == []
    assert set(silent) <= DISAGREED.keys()
