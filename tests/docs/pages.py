"""The documents as the tests read them: links, code spans, and the commands in code blocks."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(r"^ *```[^\n]*\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
_CONTINUED = re.compile(r"\\\n\s*")


@dataclass(frozen=True)
class Page:
    """One Markdown file."""

    path: Path

    @property
    def name(self) -> str:
        """Its path within the project."""
        return str(self.path.relative_to(ROOT))

    @cached_property
    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def prose(self) -> str:
        """All but the code blocks."""
        return _FENCE.sub("", self.text)

    @cached_property
    def anchors(self) -> set[str]:
        """What links may end in after `#`, as GitHub makes it of headings."""
        slugs = (re.sub(r"[^\w\- ]", "", _SPAN.sub(r"\1", heading).lower()) for heading in _HEADING.findall(self.prose))
        return {slug.strip().replace(" ", "-") for slug in slugs}

    @cached_property
    def links(self) -> list[str]:
        """Where links and images lead, those to other sites left out."""
        return [to for to in _LINK.findall(self.prose) if "://" not in to]

    @cached_property
    def spans(self) -> list[str]:
        """Code within sentences."""
        return _SPAN.findall(self.prose)

    @cached_property
    def code(self) -> list[str]:
        """Lines of code blocks, continued ones joined, then code within sentences."""
        blocks = (_CONTINUED.sub(" ", match["code"]) for match in _FENCE.finditer(self.text))
        return [line.strip() for block in blocks for line in block.splitlines()] + self.spans


def pages() -> list[Page]:
    """Every document that people read."""
    return [Page(path) for path in (ROOT / "README.md", ROOT / "console" / "README.md", *sorted((ROOT / "docs").rglob("*.md")))]


def guides() -> list[Page]:
    """The README and the guides, whose commands people type."""
    return [page for page in pages() if page.name == "README.md" or "guides" in page.path.parts]


def page(name: str) -> Page:
    """One page by its path within the project."""
    return Page(ROOT / name)
