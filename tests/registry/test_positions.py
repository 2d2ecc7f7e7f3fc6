"""Reading YAML with lines: what is read, and every kind of bad file refused with file, line and mend."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainsight.registry.positions import MAX_BYTES, load_yaml, parse_yaml
from mainsight.registry.problems import DocumentError

FILE = Path("some.yaml")


def refusal(content: bytes) -> list[str]:
    with pytest.raises(DocumentError) as caught:
        parse_yaml(content, FILE)
    return str(caught.value).splitlines()


def test_every_key_and_item_knows_its_line() -> None:
    located = parse_yaml(b"# head\nzones:\n  - id: a\n    name:\n      vi: x\n  - id: b\nlast: [1, 2]\n", FILE)
    assert located.data == {"zones": [{"id": "a", "name": {"vi": "x"}}, {"id": "b"}], "last": [1, 2]}
    assert located.line(("zones",)) == 2
    assert located.line(("zones", 0, "name", "vi")) == 5
    assert located.line(("zones", 1)) == 6
    assert located.line(("zones", 1, "missing")) == 6, "what is not there has the line of what should hold it"
    assert located.line(()) == 2


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("true", True),
        ("010", 10),
        ("12:30", "12:30"),
        ("1e3", 1000.0),
        ("-.5", -0.5),
        ("2026-11-01", "2026-11-01"),
        ("'5'", "5"),
        ("~", None),
        ("", None),
        ("1_000", "1_000"),
    ],
)
def test_plain_scalars_mean_what_they_look_like(written: str, read: object) -> None:
    value = parse_yaml(f"k: {written}\n".encode(), FILE).data["k"]
    assert value == read
    assert type(value) is type(read)


def test_json_and_a_byte_order_mark_are_read() -> None:
    assert parse_yaml(b'\xef\xbb\xbf{"a": [1, "x", null]}', FILE).data == {"a": [1, "x", None]}


def test_aliases_are_written_out() -> None:
    assert parse_yaml(b"a: &x {k: 1}\nb: *x\n", FILE).data == {"a": {"k": 1}, "b": {"k": 1}}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: 1\nb:\n\tc: 1\n", "some.yaml:3: a tab stands where YAML wants spaces; indent with spaces"),
        (b"a: [1, 2\nb: 3\n", "some.yaml:2: is not YAML"),
        (b"", "some.yaml:1: is empty"),
        (b"# only a comment\n", "some.yaml:1: is empty"),
        (b"a: 1\nb: \xff\n", "some.yaml:2: is not UTF-8; save the file as UTF-8"),
        (b"a: 1\n---\nb: 1\n", "some.yaml:2: holds a second document"),
        (b"a: !!python/object:os.system x\n", "some.yaml:1: a: has the tag"),
        (b"a: &x [*x]\n", "nested deeper"),
        (b"? [1, 2]\n: 3\n", "a key is not plain text"),
        (b"a: {k: 1}\nb:\n  <<: {k: 2}\n", "some.yaml:3: b.<<: merge keys are not read"),
        (b"a: \x00\n", "some.yaml"),
        (b"[" * 100_000, "some.yaml"),
    ],
)
def test_bad_files_are_refused_with_the_mend(content: bytes, told: str) -> None:
    assert told in refusal(content)[0]


def test_all_duplicate_keys_are_listed_with_both_lines() -> None:
    assert refusal(b"a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "some.yaml:4: b.c: is given twice, first on line 3; keep one",
        "some.yaml:5: a: is given twice, first on line 1; keep one",
    ]


def test_a_bomb_of_aliases_is_refused() -> None:
    levels = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    levels += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "holds more than 400,000 values" in refusal("\n".join(levels).encode())[0]


def test_missing_and_huge_files(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"gone\.yaml: cannot be read: No such file"):
        load_yaml(tmp_path / "gone.yaml")
    huge = tmp_path / "huge.yaml"
    with huge.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(DocumentError, match="larger than 4 MB; split it"):
        load_yaml(huge)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    with suppress(DocumentError):
        parse_yaml(content, FILE)
