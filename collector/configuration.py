"""Routes and mapping rules from their files."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from collector.mapping import Mappings
from collector.routes import Routes
from mainsight.registry.positions import Located, load_yaml, parse_yaml
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


def parse_mappings(content: bytes, path: Path) -> Mappings:
    """Read mapping rules from the content of a file; `path` is how problems name it. Raises as `load_mappings`."""
    return _checked(Mappings, parse_yaml(content, path))


def _load(model: type[_Model], path: Path) -> _Model:
    return _checked(model, load_yaml(path))


def _checked(model: type[_Model], document: Located) -> _Model:
    found, problems = validate(model, document)
    if found is None:
        raise ProblemsError(problems)
    return found
