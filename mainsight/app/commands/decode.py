"""`mainsight decode`: what a message would give, without storing anything."""

import argparse
import binascii
import sys
from base64 import b64decode
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

from collector.configuration import load_mappings, load_routes
from collector.decode import Decoder
from collector.envelope import Decoded
from collector.mapping import Mappings
from collector.routes import EVERYTHING
from collector.settings import DecodeSettings
from mainsight.core.quantities import quantity
from mainsight.core.zonetime import rfc3339
from mainsight.registry.problems import ProblemsError

HELP = "decode MQTT messages from standard input (JSON lines) and print their readings"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.description = (
        'Reads lines {"id", "topic", "payload_b64", "retained"?} in order and prints one line for each: '
        '{"id", "readings": [{"device", "quantity", "value", "unit", "time"}], "rejected": [{"field", "reason"}], "quarantined"}.'
    )
    parser.add_argument("--auto", action="store_true", help="recognition alone: leave the registry's routes and rules out")
    parser.add_argument("--mapping", type=Path, metavar="FILE", action="append", default=[], help="add the mapping rules of a file")
    parser.add_argument("--registry", type=Path, metavar="DIR", default=Path("registry"), help="where routes.yaml and mappings.yaml are")


def run(args: argparse.Namespace) -> int:
    """Decode standard input; the exit code is 0 whatever the messages hold, 2 when a file of rules cannot be used."""
    try:
        decoder = _decoder(args)
    except ProblemsError as error:
        print(error, file=sys.stderr)
        return 2
    for answer in answers(decoder, sys.stdin.buffer):
        sys.stdout.buffer.write(answer)
        sys.stdout.buffer.flush()
    return 0


def _decoder(args: argparse.Namespace) -> Decoder:
    rules = [rule for file in args.mapping for rule in load_mappings(file).rules]
    routes = EVERYTHING
    if not args.auto:
        routes_file, mappings_file = args.registry / "routes.yaml", args.registry / "mappings.yaml"
        routes = load_routes(routes_file) if routes_file.exists() else EVERYTHING
        rules += load_mappings(mappings_file).rules if mappings_file.exists() else ()
    return Decoder(DecodeSettings(), routes, Mappings(rules=tuple(rules)))


def answers(decoder: Decoder, lines: Iterable[bytes]) -> Iterator[bytes]:
    """Answer each line that is not blank with one line."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield orjson.dumps(_answer(decoder, line, number), option=orjson.OPT_APPEND_NEWLINE)


def _answer(decoder: Decoder, line: bytes, line_number: int) -> dict[str, Any]:
    request = _request(line)
    number = request.get("id")
    answer: dict[str, Any] = {"id": number if isinstance(number, str | int | float) else None}
    try:
        topic, payload = request["topic"], b64decode(request["payload_b64"], validate=True)
    except (binascii.Error, KeyError, TypeError, ValueError):
        topic, payload = None, b""
    if not isinstance(topic, str):
        print(
            f'mainsight decode: line {line_number}: no message; write {{"topic": "...", "payload_b64": "..."}}, the payload in base64',
            file=sys.stderr,
        )
    decoded = _decoded(decoder, topic, payload) if isinstance(topic, str) else Decoded("not_decodable")
    answer["readings"] = list(_readings(decoded))
    answer["rejected"] = [rejected._asdict() for rejected in decoded.rejected]
    answer["quarantined"] = decoded.quarantined
    return answer


def _decoded(decoder: Decoder, topic: str, payload: bytes) -> Decoded:
    try:
        return decoder.decode(topic, payload)
    except Exception as error:  # noqa: BLE001 - the verb promises an answer to every line, whatever a format's bug
        print(f"error in a profile: {type(error).__name__}: {error}", file=sys.stderr)
        return Decoded("not_decodable")


def _request(line: bytes) -> dict[str, Any]:
    """Request on a line; empty when it is none."""
    try:
        request = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return request if isinstance(request, dict) else {}


def _readings(decoded: Decoded) -> Iterator[dict[str, Any]]:
    for block in decoded.blocks:
        for name, values in zip(block.quantities, block.columns, strict=True):
            unit = quantity(name).unit
            for time_ms, value in zip(block.times, values, strict=True):
                if value is not None:
                    time = None if time_ms is None else rfc3339(time_ms)
                    yield {"device": block.device or None, "quantity": name, "value": value, "unit": unit, "time": time}
