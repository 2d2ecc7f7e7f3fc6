"""One tariff out of a file of the registry, for who has no registry."""

from pathlib import Path

from mainsight.core import tariff as core
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.schema import Tariff
from mainsight.registry.validation import validate


def load_tariff(path: Path) -> core.Tariff:
    """Read the one tariff of a file with the list `tariffs`.

    Raises:
        ProblemsError: with every problem: file, line, key, what is wrong, how to mend.

    """
    located = load_yaml(path)
    listed = located.data.get("tariffs") if isinstance(located.data, dict) else None
    if not isinstance(listed, list) or len(listed) != 1:
        count = len(listed) if isinstance(listed, list) else 0
        raise ProblemsError([located.problem(("tariffs",), f"{count} tariffs are listed here", "one is needed")])
    model, problems = validate(Tariff, located, ("tariffs", 0))
    if model is None:
        raise ProblemsError(problems)
    return model.part()
