"""Rules: the sample's are whole; what is not an alarm is refused with file, line, key and the mend."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from mainsight.alarms.engine import Engine
from mainsight.alarms.points import RuleMismatchError, build_points
from mainsight.alarms.rulefile import RuleError, load_rules
from mainsight.alarms.settings import AlarmSettings
from mainsight.registry.reading import load_network

from .conftest import FORECAST, PRESSURE, SILENCE, SILENCE_ZONE, TEXT, build_network, rules

ROOT = Path(__file__).resolve().parents[2]
SAMPLE, RUNBOOKS = ROOT / "registry" / "rules.yaml", ROOT / "docs" / "runbooks"


def write(folder: Path, rule: dict[str, Any], *without: str) -> Path:
    whole = {
        "name": TEXT,
        "priority": "high",
        "cause": TEXT,
        "consequence": TEXT,
        "response": TEXT,
        "respond_within_min": 5,
        "runbook": "pressure-low.md",
    } | rule
    path = folder / "rules.yaml"
    kept = json.loads(json.dumps({k: v for k, v in whole.items() if k not in without}))  # nothing shared, so no YAML anchors
    path.write_text(yaml.safe_dump({"rules": [kept]}, sort_keys=False))
    return path


def test_the_sample_s_rules_load_with_their_runbooks_and_fit_its_network() -> None:
    loaded = load_rules(SAMPLE, RUNBOOKS)
    points = Engine(load_network(SAMPLE.parent), loaded, AlarmSettings(), 0).points
    assert {rule.id for rule in loaded} == {key.rule for key in points}, "each rule watches something"


def test_every_runbook_belongs_to_a_rule_and_says_it_in_both_languages() -> None:
    assert {rule.runbook for rule in load_rules(SAMPLE)} == {path.name for path in RUNBOOKS.glob("*.md")}
    for path in RUNBOOKS.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        for heading in ("## Tiếng Việt", "## English", "**What it means.**", "**Check.**", "**Act.**", "**Escalate.**"):
            assert heading in text, f"{path.name} lacks {heading}"
        for link in [part.split(")")[0] for part in text.split("](")[1:]]:
            assert (RUNBOOKS / link).is_file(), f"{path.name} points to {link}"


def test_the_sample_s_texts_are_in_both_languages() -> None:
    for rule in load_rules(SAMPLE):
        for words in (rule.name, rule.cause, rule.consequence, rule.response):
            assert words.vi != words.en, f"{rule.id}: {words.en}"


@pytest.mark.parametrize(
    ("key", "mend"),
    [
        ("response", "a rule without an action is not an alarm"),
        ("runbook", "name a file under docs/runbooks/"),
        ("priority", "give low, medium, high or critical"),
        ("consequence", "say what happens when nobody acts"),
        ("cause", "say what usually is behind it"),
        ("respond_within_min", "how many minutes there are to act"),
    ],
)
def test_what_is_not_an_alarm_is_refused(tmp_path: Path, key: str, mend: str) -> None:
    with pytest.raises(RuleError) as refused:
        load_rules(write(tmp_path, PRESSURE, key))
    (problem,) = refused.value.problems
    assert (problem.line, problem.key, problem.what) == (2, f"rules.0.{key}", "is missing")
    assert mend in problem.mend


def test_an_unknown_key_names_its_line_and_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path, PRESSURE | {"deadbend": 1})
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "deadbend" in text)
    with pytest.raises(RuleError, match=f"rules.yaml:{line}: rules.0.deadbend: is an unknown key; did you mean deadband"):
        load_rules(path)


def test_a_runbook_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match=r"runbook: none\.md is not in .*; write it, or name one that is there"):
        load_rules(write(tmp_path, PRESSURE | {"runbook": "none.md"}), RUNBOOKS)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (PRESSURE | {"kind": "limits"}, "'limits' is not known here"),
        (PRESSURE | {"measure": "presure"}, "neither a quantity of the vocabulary"),
        (PRESSURE | {"runbook": "../secret.md"}, "runbook"),
        (PRESSURE | {"deadband": -1}, "deadband"),
        (PRESSURE | {"watches": {"kind": "zone"}, "measure": "utilisation", "threshold": 90}, "needs utility"),
        (SILENCE | {"share": 0.5}, "share belongs to silence of a gateway"),
        (SILENCE_ZONE | {"clears_below": 0.6}, "clears_below must lie below share"),
        (FORECAST | {"clear_probability": 0.2}, "clear_probability must lie below"),
        (FORECAST | {"watches": {"kind": "feeder"}}, "watches kind zone"),
    ],
)
def test_rules_that_contradict_themselves_are_refused(tmp_path: Path, rule: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleError, match=says):
        load_rules(write(tmp_path, rule))


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path, PRESSURE)
    text = path.read_text()
    path.write_text(text + text.partition("\n")[2])
    with pytest.raises(RuleError, match="two rules are called pressure-low"):
        load_rules(path)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"watches": {"kind": "dma", "zones": ["nowhere"]}}, "there is no zone nowhere"),
        ({"watches": {"kind": "dma", "assets": ["d9"]}}, "there is no dma d9"),
        ({"watches": {"kind": "reservoir"}, "measure": "level"}, "r1 has no pressure_min_bar; give threshold as a number"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(more: dict[str, Any], says: str) -> None:
    with pytest.raises(RuleMismatchError, match=says):
        build_points(build_network(0), rules(PRESSURE | more))
