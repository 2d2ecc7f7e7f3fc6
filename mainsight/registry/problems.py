"""What is wrong in a file, told so that it can be mended: file, line, key, what, how."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_SHORT_CHOICE = 24


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong in a file.

    Attributes:
        file: path of the file, as it was given.
        line: from 1; 0 where the whole file is meant.
        key: dotted path of the key, such as `feeders.3.rated_mva`; empty for the whole file.
        what: what is wrong.
        mend: how to mend it; empty where `what` says so.

    """

    file: str
    line: int
    key: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        """`file:line: key: what is wrong; how to mend`."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{self.what}; {self.mend}" if self.mend else self.what
        return f"{place}: {self.key}: {text}" if self.key else f"{place}: {text}"


class ProblemsError(ValueError):
    """Files that cannot be used; the text lists every problem found, one a line, in order of file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Take the problems found."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DocumentError(ProblemsError):
    """A file that cannot be read as a document: missing, too large, not UTF-8, not YAML or JSON, keys given twice."""


def dotted(path: Sequence[str | int]) -> str:
    """Path of keys as people read it."""
    return ".".join(str(part) for part in path)


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean x?` for the nearest known word (or the only one); the choice when it is short; empty otherwise."""
    words = sorted(set(known))
    near = words if len(words) == 1 else get_close_matches(word.lower(), words, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"one of: {', '.join(words)}" if 0 < len(words) <= _SHORT_CHOICE else ""
