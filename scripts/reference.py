"""Writes docs/reference/settings.md: every setting with its default and meaning, out of the models themselves."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from mainsight.app.settings import PROJECT, Settings

HEAD = """# Settings

Settings are read from a YAML file (`mainsight serve --settings mainsight.yaml`) and overridden by the environment:
`MAINSIGHT__API__PORT=9000` sets `api.port`. Lists are written as `[a, b]`. An unknown key stops the start.

This page is written by `.venv/bin/python scripts/reference.py`; a test fails when a setting is missing.

| setting | default | meaning |
| --- | --- | --- |
"""


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """Meaning of each field: its description, the text below it, or its line under "Attributes"."""
    tree = ast.parse(dedent(inspect.getsource(model))).body[0]
    assert isinstance(tree, ast.ClassDef)
    found = dict(re.findall(r"^    (\w+): (.+(?:\n        .+)*)", inspect.getdoc(model) or "", re.MULTILINE))
    for field, below in zip(tree.body, tree.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            found[ast.unparse(field.target)] = str(below.value.value)
    found |= {name: field.description for name, field in model.model_fields.items() if field.description}
    return {name: " ".join(text.split()) for name, text in found.items()}


def rows(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """Rows of the table, sections in order."""
    texts = meanings(model)
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from rows(inner, f"{prefix}{name}.")
        else:
            yield f"| `{prefix}{name}` | {shown(field.get_default(call_default_factory=True))} | {texts.get(name, '')} |\n"


def shown(value: Any) -> str:
    """Show a default as one would write it."""
    if value is PydanticUndefined:
        return "(needed)"
    if isinstance(value, Path) and value.is_absolute():
        return f"`{value.relative_to(PROJECT)}` of the project"
    if value is None or isinstance(value, SecretStr):
        return "none"
    if isinstance(value, tuple):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"


if __name__ == "__main__":
    target = PROJECT / "docs" / "reference" / "settings.md"
    target.write_text(HEAD + "".join(rows(Settings)), encoding="utf-8")
    print(target.relative_to(PROJECT))
