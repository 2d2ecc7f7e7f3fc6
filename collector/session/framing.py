"""Bytes to MQTT 5 packets, and what to do with those the codec cannot read.

The codec (the `mqtt5` package, Rust) raises IndexError for an unfinished packet and ValueError for a malformed one. On a
string that is not UTF-8 it panics: an exception that is not even an Exception. The broker would send such a message again
after every reconnect, so it is taken apart by hand and handed on.
"""

from dataclasses import dataclass
from typing import Any

import mqtt5

from collector.session.port import NOT_UTF8

_PUBLISH = 0x30


class OutOfStepError(Exception):
    """The bytes are not MQTT 5 packets any more; only a new connection helps."""


@dataclass(frozen=True, slots=True)
class Salvaged:
    """A PUBLISH that the codec could not read, taken apart by hand. Named like the codec's own packet."""

    topic: str
    payload: bytes
    retain: bool
    packet_id: int | None
    duplicate: bool


def split(data: bytes) -> tuple[list[Any], int]:
    """Packets at the start of the data, and how many bytes they took; the rest is an unfinished packet.

    A packet is one of the codec's, or `Salvaged`, or None for a PUBLISH too broken to be salvaged (skipped by the caller).

    Raises:
        OutOfStepError: the bytes make no sense, or a packet other than PUBLISH is malformed.

    """
    view = memoryview(data)
    packets: list[Any] = []
    offset, end = 0, len(data)
    packet: Any
    while offset < end:
        try:
            packet, size = mqtt5.read(view[offset:])
        except IndexError:
            break
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # noqa: BLE001 - the codec's panic is a direct child of BaseException
            packet, size = _salvage_first(data[offset:], error)
        packets.append(packet)
        offset += size
    return packets, offset


def _salvage_first(data: bytes, error: BaseException) -> tuple[Salvaged | None, int]:
    header, size = _frame(data)
    if data[0] & 0xF0 != _PUBLISH:
        message = f"malformed packet of type {data[0] >> 4}: {error}"
        raise OutOfStepError(message) from error
    return salvage(data[0], data[header:size]), size


def _frame(data: bytes) -> tuple[int, int]:
    """Length of the fixed header and of the whole packet."""
    try:
        length, header = _variable_integer(data, 1)
    except (IndexError, ValueError) as error:
        raise OutOfStepError("malformed packet length") from error
    return header, header + length


def salvage(first_byte: int, body: bytes) -> Salvaged | None:
    """Take a PUBLISH apart by hand: its topic (marked when it is not UTF-8), packet id and payload; properties are left out.

    None when its own lengths do not fit: then it cannot even be acknowledged.
    """
    at = 2 + int.from_bytes(body[:2])
    topic = body[2:at]
    packet_id = None
    if first_byte >> 1 & 3:
        packet_id = int.from_bytes(body[at : at + 2])
        at += 2
    try:
        length, at = _variable_integer(body, at)
    except (IndexError, ValueError):
        return None
    if at + length > len(body):
        return None
    try:
        name = topic.decode()
    except UnicodeDecodeError:
        name = NOT_UTF8 + topic.decode(errors="backslashreplace")
    return Salvaged(name, body[at + length :], bool(first_byte & 1), packet_id, bool(first_byte & 8))


def _variable_integer(data: bytes, at: int) -> tuple[int, int]:
    """Value of a variable byte integer (MQTT 5, section 1.5.5) and where it ends."""
    value = 0
    for index in range(4):
        byte = data[at + index]
        value |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return value, at + index + 1
    raise ValueError("variable byte integer of more than four bytes")
