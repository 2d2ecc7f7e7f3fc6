"""YAML read as plain data that still knows its lines, so that errors can name file, line and key.

Narrower than YAML 1.1 on purpose: `true` and `false` are the only booleans (`no` is Norway), numbers are decimal,
dates stay text, and tags, merge keys and keys that are given twice are refused. JSON is read too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from mainsight.registry.problems import DocumentError, Problem, dotted

MAX_BYTES = 4_000_000
"""Larger files are refused before they are parsed."""
MAX_NODES = 400_000
"""More values than this, aliases written out, are refused: a small file can blow up to billions."""
MAX_DEPTH = 40

Keys = tuple[str | int, ...]
"""Keys and list indices from the top of a document down to a value."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # libyaml where PyYAML was built with it: ten times faster
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "true": True, "false": False}
_MAX_DIGITS = 300


@dataclass(frozen=True, slots=True)
class Located:
    """A document: plain data, and the line of each of its keys.

    Attributes:
        path: file it came from.
        data: dicts with text keys, lists, text, numbers, booleans and None.

    """

    path: Path
    data: Any
    _lines: dict[Keys, int]

    def line(self, keys: Sequence[str | int] = ()) -> int:
        """Line of a key or list item, from 1; that of the nearest thing above it where it is not there."""
        at = tuple(keys)
        while at and at not in self._lines:
            at = at[:-1]
        return self._lines.get(at, 1)

    def problem(self, keys: Sequence[str | int], what: str, mend: str = "") -> Problem:
        """Tell what is wrong with a key."""
        return Problem(str(self.path), self.line(keys), dotted(keys), what, mend)


def load_yaml(path: Path) -> Located:
    """Read a YAML (or JSON) file.

    Raises:
        DocumentError: the file is missing, too large, empty, not UTF-8, not YAML, or uses what is refused; every
            duplicate key and refused feature is listed.

    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentError([Problem(str(path), 0, "", f"is larger than {MAX_BYTES // 1_000_000} MB", "split it")])
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError([Problem(str(path), 0, "", f"cannot be read: {reason}", "check the path and the permissions")]) from error
    return parse_yaml(content, path)


def parse_yaml(content: bytes, path: Path) -> Located:
    """Read YAML (or JSON) from bytes; `path` is how problems name it.

    Raises:
        DocumentError: as `load_yaml`.

    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError([Problem(str(path), line, "", "is not UTF-8", "save the file as UTF-8")]) from error
    try:
        _check_depth(text, path)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise DocumentError([_syntax_problem(error, text, path)]) from error
    if node is None:
        raise DocumentError([Problem(str(path), 1, "", "is empty", "write the keys it needs, or remove the file")])
    builder = _Builder(path)
    data = builder.build(node, ())
    if builder.problems:
        raise DocumentError(builder.problems)
    return Located(path, data, builder.lines)


def _check_depth(text: str, path: Path) -> None:
    """Refuse what would overflow the stack of the composer (libyaml's crashes the process)."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1 if event.start_mark else 0
            what = f"is nested deeper than {MAX_DEPTH} levels"
            raise DocumentError([Problem(str(path), line, "", what, "write fewer brackets inside each other")])


def _syntax_problem(error: yaml.YAMLError, text: str, path: Path) -> Problem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    lines = text.split("\n")
    line = min(mark.line + 1, len(lines)) if mark else 0
    what = getattr(error, "problem", None) or str(getattr(error, "reason", error))
    written = lines[line - 1] if line else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return Problem(str(path), line, "", "a tab stands where YAML wants spaces", "indent with spaces")
    if "single document" in (getattr(error, "context", None) or ""):
        return Problem(str(path), line, "", "holds a second document", "remove the line ---, one file holds one document")
    return Problem(
        str(path), line, "", f"is not YAML: {what}", "look at this line and the one above: indentation, colons, quotes, brackets"
    )


class _Refused(Exception):  # noqa: N818  # control flow inside this module: the document is given up
    """The walk is over: too many values or too deep."""


class _Builder:
    """Turns nodes into plain data, noting lines and problems on the way."""

    def __init__(self, path: Path) -> None:
        self.problems: list[Problem] = []
        self.lines: dict[Keys, int] = {}
        self._path = path
        self._count = 0

    def build(self, node: yaml.Node, at: Keys) -> Any:
        """Plain data of the whole document; None when it was given up."""
        try:
            return self._value(node, at)
        except _Refused:
            return None

    def _value(self, node: yaml.Node, at: Keys) -> Any:
        self._count += 1
        self.lines.setdefault(at, node.start_mark.line + 1)
        if self._count > MAX_NODES:
            self._give_up(node, at, f"holds more than {MAX_NODES:,} values", "split the file; do not multiply by aliases")
        if len(at) > MAX_DEPTH:
            self._give_up(node, at, f"is nested deeper than {MAX_DEPTH} levels", "check for an alias inside its own anchor")
        if isinstance(node, yaml.MappingNode):
            self._check_tag(node, at, "tag:yaml.org,2002:map")
            return self._mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            self._check_tag(node, at, "tag:yaml.org,2002:seq")
            return [self._value(child, (*at, index)) for index, child in enumerate(node.value)]
        self._check_tag(node, at, "tag:yaml.org,2002:str")
        return _scalar(cast("yaml.ScalarNode", node))

    def _mapping(self, node: yaml.MappingNode, at: Keys) -> dict[str, Any]:
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, at, "a key is not plain text", "write a name before the colon")
                continue
            key = key_node.value
            here = (*at, key)
            if key in result:
                self._note(key_node, here, f"is given twice, first on line {self.lines[here]}", "keep one")
                continue
            if key == "<<":
                self._note(key_node, here, "merge keys are not read", "write the keys out")
                continue
            self.lines[here] = key_node.start_mark.line + 1
            result[key] = self._value(value_node, here)
        return result

    def _check_tag(self, node: yaml.Node, at: Keys, expected: str) -> None:
        if node.tag != expected:
            self._note(node, at, f"has the tag {node.tag}, and tags are not read", "remove the tag")

    def _note(self, node: yaml.Node, at: Keys, what: str, mend: str) -> None:
        self.problems.append(Problem(str(self._path), node.start_mark.line + 1, dotted(at), what, mend))

    def _give_up(self, node: yaml.Node, at: Keys, what: str, mend: str) -> None:
        self._note(node, at[:3], what, mend)
        raise _Refused


def _scalar(node: yaml.ScalarNode) -> Any:
    """Plain value of a scalar: what is quoted or in a block is text."""
    text: str = node.value
    if node.style or len(text) > _MAX_DIGITS:
        return text
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text.lower()):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text
