"""Pydantic's findings told as problems in a file: line, key, the nearest known key, how to mend."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from mainsight.registry.positions import Located
from mainsight.registry.problems import Problem, nearest

_Model = TypeVar("_Model", bound=BaseModel)

_KINDS = {
    "float": "a number",
    "int": "a whole number",
    "string": "text",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys with values",
    "model": "keys with values",
    "date": "a date such as 2026-11-01",
    "datetime": "a time such as 2026-06-01T08:00:00+07:00",
    "frozen": "a list",
    "set": "a list",
}


def validate(model: type[_Model], located: Located, keys: Sequence[str | int] = ()) -> tuple[_Model | None, list[Problem]]:
    """Validate the part of a document under some keys (all of it by default).

    Returns:
        The model and no problems, or None and every problem found.

    """
    try:
        return model.model_validate(_at(located.data, keys)), []
    except ValidationError as error:
        return None, located_errors(error, located, model, keys)


def located_errors(
    error: ValidationError, located: Located, model: type[BaseModel] | None = None, prefix: Sequence[str | int] = ()
) -> list[Problem]:
    """Tell what pydantic found, with line and key.

    Args:
        error: what validating the document (or the part of it under `prefix`) raised.
        located: the document.
        model: the model that was validated; from it come the known keys near an unknown one.
        prefix: keys above the part that was validated.

    """
    problems = []
    for found in error.errors(include_url=False):
        path = tuple(_real_path(_at(located.data, prefix), found["loc"]))
        what, mend = _told(found, _known_keys(model, path[:-1]) if model else [])
        problems.append(located.problem((*prefix, *path), what, mend))
    return problems


def _told(found: Mapping[str, Any], known: list[str]) -> tuple[str, str]:
    kind, context = found["type"], found.get("ctx", {})
    if kind == "extra_forbidden":
        return "is an unknown key", nearest(str(found["loc"][-1]), known)
    if kind == "missing":
        return "is missing", "add it"
    if kind == "value_error":
        what, _, mend = str(context["error"]).partition("; ")
        return what, mend
    if kind in {"literal_error", "enum", "union_tag_invalid"}:
        expected = str(context.get("expected") or context.get("expected_tags"))
        words = [word.strip(" '") for word in expected.replace(" or ", ", ").split(",")]
        written = context.get("tag", found["input"])
        return f"{written!r} is not known here", nearest(str(written), words)
    wanted = _KINDS.get(kind.split("_")[0])
    if wanted and kind.endswith(("_type", "_parsing", "_from_date_parsing", "_instance_of")):
        mend = "put it in quotes" if wanted == "text" else f"write {wanted}"
        return f"{_shown(found['input'])} is not {wanted}", mend
    message: str = found["msg"]
    return f"{_shown(found['input'])}: {message[0].lower()}{message[1:]}", ""


def _shown(value: Any) -> str:
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_SHOWN = 60


def _at(data: Any, keys: Sequence[str | int]) -> Any:
    for key in keys:
        data = data[key]
    return data


def _real_path(data: Any, location: Sequence[str | int]) -> Iterator[str | int]:
    """Leave out of pydantic's location what names a branch of a union rather than a key."""
    for index, part in enumerate(location):
        inside = part in data if isinstance(data, dict) else isinstance(data, list) and isinstance(part, int) and part < len(data)
        if inside:
            yield part
            data = data[part]
        elif isinstance(data, dict) and index == len(location) - 1:
            yield part


def _known_keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Keys that the model at a path takes; all branches of a union together."""
    annotations: list[Any] = [model]
    for part in path:
        annotations = [inner for annotation in annotations for inner in _step(annotation, part)]
    models = [annotation for annotation in annotations if _is_model(annotation)]
    return sorted({field.alias or name for found in models for name, field in found.model_fields.items()})


def _step(annotation: Any, part: str | int) -> Iterator[Any]:
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if part in (name, field.alias):
                yield from _branches(field.annotation)
    else:
        for inner in get_args(annotation):
            yield from _branches(inner)


def _branches(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Annotated:
        yield from _branches(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for inner in get_args(annotation):
            yield from _branches(inner)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
