"""Pydantic's findings told with file, line, key and mend."""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mainsight.registry.positions import parse_yaml
from mainsight.registry.validation import validate


class Limit(BaseModel):
    """A rule with a limit."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["limit"]
    high: float = Field(gt=0)


class Silence(BaseModel):
    """A rule without one."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: Literal["silence"]
    intervals: int


class Rules(BaseModel):
    """A file of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    since: date
    title: str = ""
    active: bool = True
    rules: list[Annotated[Limit | Silence, Field(discriminator="kind")]] = []
    by_name: dict[str, Limit] = {}

    @field_validator("title")
    @classmethod
    def _no_shouting(cls, value: str) -> str:
        if value.isupper():
            raise ValueError("is all capitals; write it in small letters")
        return value


def told(text: str) -> list[str]:
    model, problems = validate(Rules, parse_yaml(text.encode(), Path("rules.yaml")))
    assert (model is None) == bool(problems)
    return [str(problem) for problem in sorted(problems)]


def test_good_documents_become_models() -> None:
    assert told("since: 2026-01-01\nrules:\n- {kind: limit, high: 3}\n") == []


def test_every_problem_has_its_line_key_and_mend() -> None:
    document = """\
titel: x
title: LOUD
active: 3
rules:
  - kind: limit
    hihg: 4
  - kind: silense
  - kind: silence
    intervals: often
  - kind: limit
    high: -1
by_name:
  a:
    kind: limit
    high: 1
    extra: 2
"""
    assert told(document) == [
        "rules.yaml:1: since: is missing; add it",
        "rules.yaml:1: titel: is an unknown key; did you mean title?",
        "rules.yaml:2: title: is all capitals; write it in small letters",
        "rules.yaml:3: active: 3 is not true or false; write true or false",
        "rules.yaml:5: rules.0.high: is missing; add it",
        "rules.yaml:6: rules.0.hihg: is an unknown key; did you mean high?",
        "rules.yaml:7: rules.1: 'silense' is not known here; did you mean silence?",
        "rules.yaml:9: rules.2.intervals: 'often' is not a whole number; write a whole number",
        "rules.yaml:11: rules.3.high: -1: input should be greater than 0",
        "rules.yaml:16: by_name.a.extra: is an unknown key; one of: high, kind",
    ]


def test_a_document_of_another_shape() -> None:
    assert told("- 1\n- 2\n") == ["rules.yaml:1: [1, 2] is not keys with values; write keys with values"]


def test_a_part_of_a_document() -> None:
    located = parse_yaml(b"a: 1\npart:\n  kind: limit\n  hi: 2\n", Path("f.yaml"))
    _, problems = validate(Limit, located, ("part",))
    assert [str(problem) for problem in sorted(problems)] == [
        "f.yaml:2: part.high: is missing; add it",
        "f.yaml:4: part.hi: is an unknown key; did you mean high?",
    ]
