"""Settings: from a file, overridden by the environment; what is wrong is told with its place and mend."""

import runpy
from pathlib import Path

import pytest

from mainsight.app.settings import PROJECT, Settings, load_settings
from mainsight.registry.problems import ProblemsError


def written(folder: Path, text: str) -> Path:
    path = folder / "mainsight.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None, environ: dict[str, str]) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        load_settings(path, environ)
    return str(caught.value).splitlines()


def test_without_a_file_the_defaults_hold_and_listen_on_loopback() -> None:
    settings = load_settings(None, {"PATH": "/bin"})
    assert settings == Settings()
    assert settings.api.host == "127.0.0.1"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "api: {port: 9000, max_points: 500}\nbroker: {filters: [a/#]}\n")
    environ = {"MAINSIGHT__API__PORT": "9001", "MAINSIGHT__BROKER__FILTERS": "[b/#, c/#]", "MAINSIGHT__BROKER__PASSWORD": "12345"}
    settings = load_settings(path, environ)
    assert (settings.api.port, settings.api.max_points) == (9001, 500)
    assert settings.broker.filters == ("b/#", "c/#")
    assert settings.broker.to_session().password == "12345"
    assert "12345" not in repr(settings)


def test_each_wrong_key_is_told_with_line_and_the_nearest_known(tmp_path: Path) -> None:
    path = written(tmp_path, "broker:\n  prot: 1883\napi:\n  port: lots\nstor: {}\n")
    assert problems(path, {}) == [
        f"{path}:2: broker.prot: is an unknown key; did you mean port?",
        f"{path}:4: api.port: 'lots' is not a whole number; write a whole number",
        f"{path}:5: stor: is an unknown key; did you mean store?",
    ]


def test_a_sparkplug_host_must_hear_whole_nodes_under_a_name_that_is_a_level(tmp_path: Path) -> None:
    shared = written(tmp_path, 'broker:\n  filters: ["$share/a/#"]\nsparkplug:\n  host_id: scada\n')
    [told] = problems(shared, {})
    assert told.startswith(f"{shared}:3: sparkplug: a Sparkplug host must hear all that its nodes say")
    assert 'add "spBv1.0/#" there' in told
    [told] = problems(written(tmp_path, "sparkplug:\n  host_id: a/b\n"), {})
    assert told.endswith("sparkplug.host_id: 'a/b' cannot be a level of a topic; leave out /, + and #")


def test_a_wrong_variable_is_told_by_its_name(tmp_path: Path) -> None:
    path = written(tmp_path, "api: {port: 9000}\n")
    told = problems(path, {"MAINSIGHT__API__PORT": "99999", "MAINSIGHT__API__HSOT": "x"})
    assert len(told) == 2
    assert told[0].startswith("environment: MAINSIGHT__API__HSOT: is an unknown key; did you mean host?")
    assert told[1].startswith("environment: MAINSIGHT__API__PORT: ")


def test_a_variable_above_a_section_is_refused_rather_than_dropping_it() -> None:
    assert problems(None, {"MAINSIGHT__API": "9000"})[0].startswith("environment: MAINSIGHT__API: ")


@pytest.mark.parametrize("text", ["api: [", "\tapi: 1", "- a\n- b", "api: {port: 1}\napi: {port: 2}"])
def test_a_file_that_is_no_mapping_of_settings_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    assert str(path) in problems(path, {})[0]


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "cannot be read" in problems(tmp_path / "none.yaml", {})[0]


def test_the_reference_tells_every_setting_and_is_up_to_date() -> None:
    script = runpy.run_path(str(PROJECT / "scripts" / "reference.py"))
    rows = list(script["rows"](Settings))
    assert [row for row in rows if row.endswith("|  |\n")] == [], "settings without a meaning"
    written = (PROJECT / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert written == script["HEAD"] + "".join(rows), "scripts/reference.py writes it again"
