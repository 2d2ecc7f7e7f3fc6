"""Public functions of the core say what they need to: shapes, NaN, errors, source (docs/architecture.md, style)."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from types import FunctionType

import pytest

import mainsight.core
from mainsight.core import kpi

Public = tuple[str, FunctionType]


def modules() -> Iterator[str]:
    yield from (module.name for module in pkgutil.walk_packages(mainsight.core.__path__, "mainsight.core."))


def public_functions() -> Iterator[Public]:
    """Functions and methods written in the core whose names, and whose class's, do not begin with an underscore."""
    for name in modules():
        module = importlib.import_module(name)
        for part_name, part in vars(module).items():
            if part_name.startswith("_") or getattr(part, "__module__", None) != name:
                continue
            members = {part_name: part} if inspect.isfunction(part) else vars(part) if inspect.isclass(part) else {}
            for member_name, member in members.items():
                function = getattr(member, "__func__", getattr(member, "fget", member))
                if inspect.isfunction(function) and not member_name.startswith("_"):
                    yield f"{name}.{function.__qualname__}", function


EVERY = list(public_functions())


@pytest.fixture(params=EVERY, ids=[name for name, _ in EVERY])
def function(request: pytest.FixtureRequest) -> FunctionType:
    return request.param[1]


def test_there_are_many() -> None:
    assert len(EVERY) > 50


def test_says_what_it_does(function: FunctionType) -> None:
    assert inspect.getdoc(function), "has no docstring"


def test_names_the_errors_it_raises(function: FunctionType) -> None:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    raised = {_name(node.exc) for node in ast.walk(tree) if isinstance(node, ast.Raise) and node.exc is not None}
    documented = (inspect.getdoc(function) or "").partition("Raises:")[2]
    assert all(error in documented for error in raised), f"raises {raised}, and the docstring does not say when"


def test_gives_the_shapes_of_arrays(function: FunctionType) -> None:
    annotations = " ".join(str(annotation) for annotation in inspect.get_annotations(function).values())
    if "ndarray" in annotations:
        assert "shape" in (inspect.getdoc(function) or "").lower()


@pytest.mark.parametrize("name", [name for name, _ in EVERY if name.startswith(kpi.__name__ + ".")])
def test_key_figures_say_nan_and_source(name: str) -> None:
    doc = inspect.getdoc(dict(EVERY)[name]) or ""
    missing = [part for part in ("Args:", "Returns:", "NaN", "Source:") if part not in doc]
    assert not missing, f"the docstring lacks {missing}"


def _name(error: ast.expr) -> str:
    called = error.func if isinstance(error, ast.Call) else error
    return ast.unparse(called)
