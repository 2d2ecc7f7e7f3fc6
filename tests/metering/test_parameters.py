"""Parameters by class of meter: the last word, and mistakes with their lines."""

from pathlib import Path

import pytest

from mainsight.metering.parameters import Checks, load_parameters, overlaid
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network

REGISTRY = Path(__file__).parents[2] / "registry"


def test_the_last_layer_that_says_something_has_the_last_word() -> None:
    found = overlaid([Checks(spike=1.8, static=8), Checks(static=None), Checks(step=0.5)])
    assert (found.spike, found.static, found.step, found.zero) == (1.8, None, 0.5, None)


def test_the_samples_classes_fit_its_meters() -> None:
    network, parameters = load_network(REGISTRY), load_parameters(REGISTRY / "metering.yaml")
    customer = parameters.checks(network, network.meters["qc-471-cn-01"], "power")
    head = parameters.checks(network, network.meters["qc-471-main"], "power")
    breaker = parameters.checks(network, network.meters["qc-471-main"], "breaker_closed")
    pump = parameters.checks(network, network.meters["qc-pumps-flow"], "flow")
    assert (customer.step, customer.balance, customer.like_days) == (0.8, None, True)
    assert (head.step, head.balance) == (0.4, 0.06)
    assert (breaker.spike, breaker.static, breaker.like_days) == (None, None, False)
    assert (pump.spike, pump.zero, pump.like_days) == (None, None, False)


def test_without_a_file_nothing_is_asked(tmp_path: Path) -> None:
    assert load_parameters(tmp_path / "metering.yaml").all == Checks()


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("all:\n  spyke: 1.8\n", 2, "spike"),
        ("classes:\n  - name: x\n    quantities: [power, pover]\n    checks: {}\n", 2, "pover"),
        ("all:\n  static: 2\n", 2, "3"),
        ("all:\n  zero: 1.5\n", 2, "1"),
        ("classes:\n  - name: x\n    roles: [mayn]\n    checks: {}\n", 3, "mayn"),
    ],
)
def test_mistakes_are_told_with_file_line_and_mend(tmp_path: Path, text: str, line: int, told: str) -> None:
    path = tmp_path / "metering.yaml"
    path.write_text(text)
    with pytest.raises(ProblemsError) as raised:
        load_parameters(path)
    [problem] = raised.value.problems
    assert str(problem).startswith(f"{path}:{line}:")
    assert told in str(problem)
