"""Messages spoilt by chance: bytes, lengths, JSON and topics changed, two messages made one; the same from the same seed."""

import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, Final, NamedTuple


class Case(NamedTuple):
    """A topic and the bytes on it."""

    topic: str
    payload: bytes


class _Pairs(list[list[Any]]):
    """An object of JSON as a list of key and value, so that a key may come twice."""


class _Raw(str):
    """A text that is put into JSON as it is."""

    __slots__ = ()


_ODD: Final[tuple[Any, ...]] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        0.1,
        -0.0,
        1e308,
        2**31,
        2**63,
        -(2**63),
        2**64,
        1_767_225_600,
        1_767_225_600_000,
        "",
        "0",
        "1,5",
        "١٢٣",
        "\0",
    ),
    *("nan", "1e999", "off", "2024-02-30T25:61:61Z", "9" * 5_000, "a" * 5_000, "\ud800", "12 kWh", "ON", [], [[]], [None], _Pairs()),
    *map(_Raw, ("NaN", "-Infinity", "1e999", "9" * 400, "9" * 5_000, "-0", "1.", "[" * 40 + "]" * 40, '{"a":' * 20 + "1" + "}" * 20)),
)
_LENGTHS: Final = (
    *(b"\xff\xff\xff\xff\x0f", b"\xff" * 9 + b"\x01", b"\xff" * 12, b"\x80\x80\x01", b"\x00", b"\x7f", b"\xff\xff\xff\x7f"),  # protobuf
    *(b"\x9b" + b"\xff" * 8, b"\x5b\x7f" + b"\xff" * 7, b"\x7a\x00\xff\xff\xff", b"\x9f", b"\xbf", b"\x5f"),  # CBOR
    *(b"\xc2\x58\xff", b"\xbb\0\0\0\1\0\0\0\0"),  # CBOR
    *(b"\x01\x82\xff\xff", b"\x09\x84\xff\xff\xff\xff", b"\xf1\x01", b"\x7f\xff", b"\x1b\x1b\x1b\x1b"),  # DLMS, SML
)  # fmt: skip


def mutate(chance: Random, seeds: Sequence[Case]) -> Case:
    """Take one of the seeds and spoil it one to four times."""
    case = chance.choice(seeds)
    for _ in range(chance.randint(1, 4)):
        draw = chance.random()
        if draw < 0.15:
            case = Case(_topic(chance, case.topic, seeds), case.payload)
        elif draw < 0.25:
            case = Case(case.topic, _spliced(chance, case.payload, chance.choice(seeds).payload))
        else:
            case = Case(case.topic, chance.choice(_PAYLOADS)(chance, case.payload))
    return case


def _topic(chance: Random, topic: str, seeds: Sequence[Case]) -> str:
    levels = topic.split("/")
    at = chance.randrange(len(levels))
    match chance.randrange(8):
        case 0:
            return chance.choice(seeds).topic
        case 1:
            del levels[at]
        case 2:
            levels.insert(at, levels[chance.randrange(len(levels))])
        case 3:
            levels[at] = chance.choice(chance.choice(seeds).topic.split("/"))
        case 4:
            levels[at] = chance.choice(("", "+", "#", "..", "\0", "\ud800", "\u202e", "đồng hồ", "a" * 300, "0x", "$SYS"))
        case 5:
            levels *= chance.randint(2, 40)
        case 6:
            levels = levels[: at + 1] if chance.random() < 0.5 else levels[at:]
        case _:
            levels[at] = levels[at][: chance.randrange(len(levels[at]) + 1)] + chr(chance.randrange(0x3000))
    return "/".join(levels)


def _spliced(chance: Random, one: bytes, other: bytes) -> bytes:
    return one[: chance.randrange(len(one) + 1)] + other[chance.randrange(len(other) + 1) :]


def _bits(chance: Random, payload: bytes) -> bytes:
    body = bytearray(payload)
    for _ in range(chance.randint(1, 4) if body else 0):
        body[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(body)


def _cut(chance: Random, payload: bytes) -> bytes:
    at, to = sorted(chance.randrange(len(payload) + 1) for _ in range(2))
    return payload[:at] if chance.random() < 0.5 else payload[:at] + payload[to:]


def _doubled(chance: Random, payload: bytes) -> bytes:
    at, to = sorted(chance.randrange(len(payload) + 1) for _ in range(2))
    return payload[:to] + payload[at:to] * chance.choice((1, 1, 2, 100)) + payload[to:]


def _length(chance: Random, payload: bytes) -> bytes:
    at = chance.randrange(len(payload) + 1)
    return payload[:at] + chance.choice(_LENGTHS) + payload[at + chance.randint(0, 4) :]


def _json(chance: Random, payload: bytes) -> bytes:
    """Change one place in JSON; other bytes get a length."""
    try:
        root = json.loads(payload, object_pairs_hook=lambda pairs: _Pairs(map(list, pairs)))
    except (ValueError, RecursionError):
        return _length(chance, payload)
    holders = list(_holders(root))
    if not holders:
        return _shown(chance.choice(_ODD)).encode(errors="replace")
    holder = chance.choice(holders)
    at = chance.randrange(len(holder))
    draw = chance.random()
    if draw < 0.2:
        holder.insert(at, chance.choice(holder))
    elif draw < 0.3:
        del holder[at]
    elif draw < 0.4:
        holder *= chance.randint(2, 20)
    elif isinstance(holder, _Pairs):
        holder[at] = [holder[at][0], _other(chance, holder[at][1])] if draw < 0.9 else [str(chance.choice(_ODD)), holder[at][1]]
    else:
        holder[at] = _other(chance, holder[at])
    return _shown(root).encode(errors="replace")


def _other(chance: Random, value: Any) -> Any:
    wraps = chance.random()
    if wraps < 0.15:
        return [value]
    if wraps < 0.3:
        return str(value)
    return _Pairs([["value", value]]) if wraps < 0.4 else chance.choice(_ODD)


def _holders(value: Any) -> list[Any]:
    """Objects and arrays in a value that are not empty."""
    inner = [pair[1] for pair in value] if isinstance(value, _Pairs) else value if isinstance(value, list) else []
    return ([value] if inner else []) + [holder for part in inner for holder in _holders(part)]


def _shown(value: Any) -> str:
    if isinstance(value, _Raw):
        return str(value)
    if isinstance(value, _Pairs):
        return "{" + ",".join(f"{json.dumps(key)}:{_shown(inner)}" for key, inner in value) + "}"
    return "[" + ",".join(map(_shown, value)) + "]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


_PAYLOADS: Final[tuple[Callable[[Random, bytes], bytes], ...]] = (_bits, _cut, _doubled, _length, _json, _json, _json, _json)
