"""Every key that the files may hold is told in docs/reference/registry.md."""

from pathlib import Path

import pytest

from mainsight.registry.fields import Strictly
from mainsight.registry.meters import MeterType, Ratio
from mainsight.registry.schema import MODELS, Province, Season, Transfer

REFERENCE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "registry.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("model", [Province, MeterType, *MODELS.values()], ids=lambda model: model.__name__)
def test_every_key_is_documented(model: type[Strictly]) -> None:
    missing = [name for name in model.model_fields if f"`{name}`" not in REFERENCE]
    assert not missing


@pytest.mark.parametrize(
    ("model", "shown"), [(Transfer, "{source, capacity, minutes}"), (Season, "{start, end, factor}"), (Ratio, "{valid_from, factor}")]
)
def test_inner_keys_are_documented(model: type[Strictly], shown: str) -> None:
    assert shown in REFERENCE
    assert shown == f"{{{', '.join(model.model_fields)}}}"


def test_every_list_is_documented() -> None:
    assert all(f"`{name}`" in REFERENCE for name in MODELS)
