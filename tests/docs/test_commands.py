"""What documents tell people to type exists: verbs, options, make targets, settings, calls of the API."""

import argparse
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, cast
from urllib.parse import parse_qsl

import pytest
from pydantic import BaseModel

from mainsight.app.cli import VERBS, Verb
from mainsight.app.settings import PREFIX, Settings
from tests.docs.pages import ROOT, Page, guides, page

_COMMAND = re.compile(r"(?:^|/|\$ |[|;&] ?)mainsight (?P<verb>[a-z][a-z-]*)(?P<rest>[^|<>;&#]*)")
_MAKE = re.compile(r"^make (?P<words>[a-z][^#`]*)")
_CALL = re.compile(r"(?P<path>/api/v1/[\w/{}-]+)(?:\?(?P<query>[\w=&.-]+))?(?P<rest>.*)")
_DATA = re.compile(r" -d (?P<name>\w+)=")
_VARIABLE = re.compile(rf"\b{PREFIX}[A-Z0-9_]+")


@dataclass
class Grammar:
    """What a verb takes."""

    options: set[str] = field(default_factory=set)
    actions: set[str] = field(default_factory=set)


@cache
def grammar(verb: str) -> Grammar:
    parser = argparse.ArgumentParser()
    cast("Verb", import_module(f"mainsight.app.commands.{VERBS[verb][0]}")).arguments(parser)
    found = Grammar()
    _collect(parser, found)
    return found


def _collect(parser: argparse.ArgumentParser, found: Grammar) -> None:
    for action in parser._actions:
        found.options.update(action.option_strings)
        if isinstance(action, argparse._SubParsersAction):
            found.actions.update(action.choices)
            for inner in action.choices.values():
                _collect(inner, found)


def wrong_command(verb: str, rest: str) -> Iterator[str]:
    """Tell what of `mainsight <verb> <rest>` does not exist."""
    if verb not in VERBS:
        yield f"no verb {verb}"
        return
    known = grammar(verb)
    words = rest.split()
    yield from (f"{verb} has no {word}" for word in words if re.fullmatch(r"--[a-z-]+", word) and word not in known.options)
    if known.actions and words and not known.actions & {part for word in words for part in word.split("/")}:
        yield f"{verb} has no action among {rest.strip()!r}"


@pytest.mark.parametrize("source", guides(), ids=lambda one: one.name)
def test_every_command_exists(source: Page) -> None:
    commands = [match for line in source.code for match in _COMMAND.finditer(line)]
    assert [wrong for match in commands for wrong in wrong_command(match["verb"], match["rest"])] == []


def test_every_verb_of_the_readmes_table_exists_and_none_is_missing() -> None:
    table = page("README.md").text.partition("\n## Commands")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if not span.startswith("mainsight")]
    assert [wrong for words in named for wrong in wrong_command(*words.partition(" ")[::2])] == []
    assert set(VERBS) == {words.split()[0] for words in named}


@pytest.mark.parametrize("source", guides(), ids=lambda one: one.name)
def test_every_option_within_a_sentence_is_one_of_some_verb(source: Page) -> None:
    known = set().union(*(grammar(verb).options for verb in VERBS))
    assert [span for span in source.spans if span.startswith("--") and span.split()[0] not in known] == []


def test_commands_that_do_not_exist_are_seen() -> None:
    assert list(wrong_command("sreve", "")) == ["no verb sreve"]
    assert list(wrong_command("import", " a.csv --quantty power")) == ["import has no --quantty"]
    assert list(wrong_command("key", " --settings FILE amke NAME")) == ["key has no action among '--settings FILE amke NAME'"]
    assert list(wrong_command("key", " --settings FILE make NAME --role operator")) == []


@pytest.mark.parametrize("source", guides(), ids=lambda one: one.name)
def test_every_make_target_and_variable_exists(source: Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    variables = set(re.findall(r"\$\((?:if \$\()?([A-Z_]+)\)", makefile))
    words = [word for line in source.code for match in _MAKE.finditer(line) for word in match["words"].split()]
    assert [word for word in words if re.fullmatch(r"[a-z-]+", word) and word not in targets] == []
    assert [word for word in words if "=" in word and word.partition("=")[0] not in variables] == []


def settings(model: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[str]:
    """Dotted names of all settings and sections."""
    for name, info in model.model_fields.items():
        yield ".".join((*above, name))
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            yield from settings(info.annotation, (*above, name))


@pytest.mark.parametrize("source", guides(), ids=lambda one: one.name)
def test_every_setting_exists(source: Page) -> None:
    known = set(settings(Settings))
    sections = {name.partition(".")[0] for name in known if "." in name}
    dotted = [span for span in source.spans if re.fullmatch(r"[a-z]+(\.[a-z_]+)+", span) and span.partition(".")[0] in sections]
    variables = [name for line in source.code for name in _VARIABLE.findall(line)]
    assert [name for name in dotted if name not in known] == []
    named = {name: name[len(PREFIX) :].rstrip("_").lower().replace("__", ".") for name in variables}  # `..._BROKER__` names a section
    assert [name for name, setting in named.items() if setting not in known] == []


def described() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads((ROOT / "docs" / "reference" / "openapi.json").read_text(encoding="utf-8"))["paths"])


def operation(paths: dict[str, Any], path: str) -> dict[str, Any] | None:
    """The description of a path: as it is written there, or with a part in place of each name."""
    if path in paths:
        return cast("dict[str, Any]", paths[path])
    fitting = (known for known in paths if "{" in known and re.fullmatch(re.sub(r"\{\w+\}", r"[\\w-]+", known), path))
    return cast("dict[str, Any] | None", paths.get(next(fitting, "")))


@pytest.mark.parametrize("source", guides(), ids=lambda one: one.name)
def test_every_call_of_the_api_is_described_with_its_parameters(source: Page) -> None:
    paths, wrong = described(), []
    for match in (found for line in source.code for found in _CALL.finditer(line)):
        operations = operation(paths, match["path"].rstrip("/"))
        if operations is None:
            wrong.append(match["path"])
            continue
        known = {parameter["name"] for told in operations.values() for parameter in told.get("parameters", [])}
        asked = [name for name, _ in parse_qsl(match["query"] or "")] + _DATA.findall(match["rest"])
        wrong += [f"{match['path']} has no {name}" for name in asked if name not in known]
    assert wrong == []


def test_every_call_there_is_stands_in_the_guide_to_the_api() -> None:
    told = " ".join(page("docs/guides/api.md").code)
    acts = [path for path in described() if path.startswith("/api/") and path not in told and f"...{path[path.rindex('/') :]}" not in told]
    assert acts == []
