"""Reads a file of rules; what is not an alarm is refused with file, line, key and how to mend it."""

from dataclasses import dataclass, replace
from pathlib import Path

from mainsight.alarms.points import RuleMismatchError, build_points
from mainsight.alarms.rules import Rule, RuleFile, RuleList
from mainsight.core.network import Network
from mainsight.registry.positions import Located, load_yaml, parse_yaml
from mainsight.registry.problems import DocumentError, Problem, ProblemsError
from mainsight.registry.validation import validate

_NOT_AN_ALARM = {
    "response": "say what the operator does: a rule without an action is not an alarm",
    "consequence": "say what happens when nobody acts",
    "priority": "give low, medium, high or critical",
    "runbook": "name a file under docs/runbooks/ that says what to check and do",
    "cause": "say what usually is behind it",
    "respond_within_min": "say how many minutes there are to act",
}


class RuleError(ProblemsError):
    """Rules that cannot be used; the text lists every problem found."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a text of rules holds: the rules, none where there are problems that concern their form."""

    rules: tuple[Rule, ...]
    problems: tuple[Problem, ...]


def load_rules(path: Path, runbooks: Path | None = None, network: Network | None = None) -> tuple[Rule, ...]:
    """Read rules from a YAML file.

    Args:
        path: the file.
        runbooks: folder in which each rule's runbook must be; not looked at where None.
        network: what the rules must fit: zones and assets that are there, with the limits that are asked for.

    Raises:
        RuleError: with every problem: file, line, key, what is wrong, how to mend.

    """
    try:
        located = load_yaml(path)
    except DocumentError as error:
        raise RuleError(error.problems) from error
    checked = _checked(located, RuleFile, runbooks, network)
    if checked.problems:
        raise RuleError(checked.problems)
    return checked.rules


def check_rules(
    content: bytes, name: Path, runbooks: Path | None = None, network: Network | None = None, *, members: bool = True
) -> Checked:
    """Check rules as YAML or JSON text, without raising.

    Args:
        content: `rules: [...]`, as a file has it.
        name: how problems name the text.
        runbooks: as for `load_rules`.
        network: as for `load_rules`.
        members: whether a composite's members must be in the same text.

    """
    try:
        located = parse_yaml(content, name)
    except DocumentError as error:
        return Checked((), error.problems)
    return _checked(located, RuleFile if members else RuleList, runbooks, network)


def _checked(located: Located, form: type[RuleList], runbooks: Path | None, network: Network | None) -> Checked:
    content, problems = validate(form, located)
    if content is None:
        return Checked((), tuple(map(_explained, problems)))
    problems = [] if runbooks is None else _without_runbook(content, located, runbooks)
    problems += [] if network is None else _misfits(content, located, network)
    return Checked(content.rules, tuple(problems))


def _explained(problem: Problem) -> Problem:
    mend = _NOT_AN_ALARM.get(problem.key.rpartition(".")[2])
    return replace(problem, mend=mend) if mend and problem.what == "is missing" else problem


def _without_runbook(content: RuleList, located: Located, runbooks: Path) -> list[Problem]:
    return [
        located.problem(("rules", n, "runbook"), f"{rule.runbook} is not in {runbooks}", "write it, or name one that is there")
        for n, rule in enumerate(content.rules)
        if not (runbooks / rule.runbook).is_file()
    ]


def _misfits(content: RuleList, located: Located, network: Network) -> list[Problem]:
    problems = []
    for n, rule in enumerate(content.rules):
        try:
            build_points(network, [rule])
        except RuleMismatchError as error:
            what, _, mend = str(error).removeprefix(f"rule {rule.id}: ").partition("; ")
            problems.append(located.problem(("rules", n, "watches"), what, mend or "name what is in the registry"))
    return problems
