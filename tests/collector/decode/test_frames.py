"""Frames with checksums: what a right checksum over wrong content may not do."""

import json
from base64 import b64decode
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from collector import profiles
from collector.envelope import Decoded, Envelope, Profile
from collector.obis import crc16_arc, crc16_x25, obis_column
from collector.profiles import dlms_hdlc, dsmr_p1, sml

SAMPLES = Path(profiles.__file__).parent / "samples"


def first_sample(name: str) -> bytes:
    line = (SAMPLES / f"{name}.jsonl").read_text().splitlines()[0]
    return b64decode(json.loads(line)["payload_b64"])


def dlms_sample(number: int) -> bytes:
    line = (SAMPLES / "dlms_hdlc.jsonl").read_text().splitlines()[number - 1]
    return b64decode(json.loads(line)["payload_b64"])


def changed(data: st.DataObject, frame: bytes, start: int, end: int) -> bytearray:
    """Put other bytes in the place of some."""
    body = bytearray(frame)
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(start, len(body) + end))] = data.draw(st.integers(0, 255))
    return body


def decode(profile: Profile, payload: bytes) -> Decoded:
    message = Envelope("a/b", payload)
    assert profile.recognise(message)
    return profile.decode(message)


@given(st.data())
def test_dlms_frames_of_any_content_are_read_or_refused(data: st.DataObject) -> None:
    body = changed(data, first_sample("dlms_hdlc"), 3, -4)
    body[-3:-1] = crc16_x25(bytes(body[1:-3])).to_bytes(2, "little")
    decode(dlms_hdlc.Profile(), bytes(body))


def framed(information: bytes, head: bytes) -> bytes:
    """A frame of type 3 with the header of another, cut after its control; segments say so in their first byte."""
    size = len(head) + 2 + len(information) + 2
    start = bytes((head[0], size)) + head[2:]
    body = start + crc16_x25(start).to_bytes(2, "little") + information
    return b"~" + body + crc16_x25(body).to_bytes(2, "little") + b"~"


def readings(decoded: Decoded) -> list[tuple[str, float | None]]:
    return [(quantity, column[0]) for block in decoded.blocks for quantity, column in zip(block.quantities, block.columns, strict=True)]


def test_several_dlms_frames_of_one_payload_are_read() -> None:
    frame, other = first_sample("dlms_hdlc"), dlms_sample(4)
    alone = readings(decode(dlms_hdlc.Profile(), frame))
    both = decode(dlms_hdlc.Profile(), frame + other)
    assert readings(both) == alone + readings(decode(dlms_hdlc.Profile(), other))
    assert both.rejected == []
    assert readings(decode(dlms_hdlc.Profile(), frame + other[1:])) == readings(both), "one flag may end one and begin the other"
    assert readings(decode(dlms_hdlc.Profile(), (frame + other).hex().encode())) == readings(both)


def test_frames_in_hex_may_have_spaces() -> None:
    for name, profile in (("dlms_hdlc", dlms_hdlc.Profile()), ("sml", sml.Profile())):
        frame = first_sample(name)
        assert readings(decode(profile, frame.hex(" ").upper().encode())) == readings(decode(profile, frame))


def test_a_broken_dlms_frame_costs_no_other() -> None:
    frame, other = first_sample("dlms_hdlc"), dlms_sample(4)
    decoded = decode(dlms_hdlc.Profile(), frame[:-3] + b"x" + frame[-2:] + other)
    assert readings(decoded) == readings(decode(dlms_hdlc.Profile(), other))
    assert [(told.field, told.reason) for told in decoded.rejected] == [("frame", "not_decodable")]


def test_of_dlms_lists_without_a_time_the_last_is_read() -> None:
    other = dlms_sample(4)
    decoded = decode(dlms_hdlc.Profile(), other + other)
    assert readings(decoded) == readings(decode(dlms_hdlc.Profile(), other))
    assert [told.reason for told in decoded.rejected] == ["history"]


def test_a_dlms_list_in_segments_is_put_together() -> None:
    frame = first_sample("dlms_hdlc")
    start = frame.index(b"\xe6\xe7\x00")
    head, information = frame[1 : start - 2], frame[start:-3]
    segments = framed(information[:40], bytes((head[0] | 8,)) + head[1:]) + framed(information[40:], head)
    assert readings(decode(dlms_hdlc.Profile(), segments)) == readings(decode(dlms_hdlc.Profile(), frame))
    only_the_first = decode(dlms_hdlc.Profile(), framed(information[:40], bytes((head[0] | 8,)) + head[1:]))
    assert only_the_first.quarantined == "not_decodable"


@given(st.data())
def test_sml_files_of_any_content_are_read_or_refused(data: st.DataObject) -> None:
    body = changed(data, first_sample("sml"), 8, -9)
    body[-2:] = crc16_x25(bytes(body[:-2])).to_bytes(2, "little")
    decode(sml.Profile(), bytes(body))


@given(st.text("0123456789-:.()*kWhmA3W!S\r\n", max_size=60))
def test_telegrams_of_any_lines_are_read(lines: str) -> None:
    body = f"/ABC5\r\n\r\n1-0:1.8.0(1.5*kWh)\r\n{lines.replace('!', '')}\r\n!".encode()
    decoded = decode(dsmr_p1.Profile(), body + b"%04X\r\n" % crc16_arc(body))
    assert decoded.blocks[0].columns[0] == (1.5,)


def test_checksums_of_the_catalogue() -> None:
    """Check values over `123456789`, as catalogues of checksums list them."""
    assert crc16_x25(b"123456789") == 0x906E
    assert crc16_arc(b"123456789") == 0xBB3D


def test_codes_that_are_no_reading_of_now_have_no_column() -> None:
    assert obis_column(1, 8, 0, "kWh").quantity == "energy_import"  # type: ignore[union-attr]
    assert obis_column(52, 7, 0, "V").quantity == "voltage_l2"  # type: ignore[union-attr]
    assert obis_column(1, 6, 0, "kW") is None
    assert obis_column(1, 7, 1, "kW") is None
    assert obis_column(1, 8, 0, "V") is None
