"""Routes and mapping rules from their files."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from collector.mapping import Mappings
from collector.routes import Routes
from mainsight.registry.positions import load_yaml
from mainsight.registry.problems import ProblemsError
from mainsight.registry.validation import validate

_Model = TypeVar("_Model", bound=BaseModel)


def load_routes(path: Path) -> Routes:
    """Read routes.

    Raises:
        ProblemsError: the file cannot be used; every problem is told with file, line, key and mend.

    """
    return _load(Routes, path)


def load_mappings(path: Path) -> Mappings:
    """Read mapping rules.

    Raises:
        ProblemsError: the file cannot be used; every problem is told with file, line, key and mend.

    """
    return _load(Mappings, path)


def _load(model: type[_Model], path: Path) -> _Model:
    found, problems = validate(model, load_yaml(path))
    if found is None:
        raise ProblemsError(problems)
    return found
