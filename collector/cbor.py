"""The part of CBOR (RFC 8949) that SenML packs need: numbers, texts, lists and maps, and decimal fractions."""

import struct
from typing import Any, Final

_MAX_DEPTH: Final = 6
_MAX_EXPONENT: Final = 300
_ENDLESS: Final = 31
_BREAK: Final = 0xFF
_DECIMAL_FRACTION: Final = 4


class CborError(ValueError):
    """Not CBOR, or not of the part that is read here."""


def read_cbor(data: bytes) -> Any:
    """Read one item that fills the bytes: int, float, bool, None, str, bytes, list or dict.

    Raises:
        CborError: cut off, nested too deep, or of a kind that is not read here (most tags, texts in pieces).

    """
    item, position = _item(data, 0, 0)
    if position != len(data):
        raise CborError
    return item


def _item(data: bytes, position: int, depth: int) -> tuple[Any, int]:
    if depth > _MAX_DEPTH or position >= len(data):
        raise CborError
    kind, info = data[position] >> 5, data[position] & 31
    position += 1
    if kind == 7:
        return _simple(data, position, info)
    if kind in {4, 5} and info == _ENDLESS:
        return _items(data, position, None, depth, pairs=kind == 5)
    size, position = _size(data, position, info)
    if kind == 0:
        return size, position
    if kind == 1:
        return -1 - size, position
    if kind in {2, 3}:
        if position + size > len(data):
            raise CborError
        chunk = data[position : position + size]
        return (chunk if kind == 2 else _utf8(chunk)), position + size
    if kind == 6:
        return _tagged(data, position, size, depth)
    return _items(data, position, size, depth, pairs=kind == 5)


def _items(data: bytes, position: int, size: int | None, depth: int, *, pairs: bool) -> tuple[Any, int]:
    """Items of a list or map of so many, or up to the break."""
    if size is not None and size > len(data) - position:  # each takes a byte at least
        raise CborError
    wanted = None if size is None else 2 * size if pairs else size
    items: list[Any] = []
    while wanted is None or len(items) < wanted:
        if wanted is None and data[position : position + 1] == bytes((_BREAK,)):
            position += 1
            break
        item, position = _item(data, position, depth + 1)
        items.append(item)
    if not pairs:
        return items, position
    if len(items) % 2 or not all(type(key) in {int, str} for key in items[::2]):
        raise CborError
    return dict(zip(items[::2], items[1::2], strict=True)), position


def _tagged(data: bytes, position: int, tag: int, depth: int) -> tuple[Any, int]:
    """A decimal fraction, [exponent, mantissa]; other tags are refused."""
    content, position = _item(data, position, depth + 1)
    if tag != _DECIMAL_FRACTION or type(content) is not list or [type(part) for part in content] != [int, int]:
        raise CborError
    exponent, mantissa = content
    if abs(exponent) > _MAX_EXPONENT:
        raise CborError
    return float(f"{mantissa}e{exponent}"), position


def _size(data: bytes, position: int, info: int) -> tuple[int, int]:
    if info < 24:
        return info, position
    size = {24: 1, 25: 2, 26: 4, 27: 8}.get(info)
    if size is None or position + size > len(data):
        raise CborError
    return int.from_bytes(data[position : position + size], "big"), position + size


def _simple(data: bytes, position: int, info: int) -> tuple[Any, int]:
    if info in {20, 21, 22}:
        return {20: False, 21: True, 22: None}[info], position
    form = {25: ">e", 26: ">f", 27: ">d"}.get(info)
    size = 0 if form is None else struct.calcsize(form)
    if form is None or position + size > len(data):
        raise CborError
    return struct.unpack(form, data[position : position + size])[0], position + size


def _utf8(chunk: bytes) -> str:
    try:
        return chunk.decode()
    except UnicodeDecodeError as error:
        raise CborError from error
