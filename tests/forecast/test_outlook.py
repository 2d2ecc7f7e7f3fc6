"""Monthly outlook: seasons and growth, what applications and projects do to headroom, and files with faults."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import CannotForecastError, DataError
from forecast.outlook.headroom import Step, first_breach, headroom
from forecast.outlook.monthly import Months, months_ahead, peaks_ahead
from forecast.outlook.plans import Application, Project, read_applications, read_projects
from mainsight.app.cli import main

SEASON = 100 + 20 * np.sin(np.arange(12) / 12 * 2 * np.pi)
FIRST = date(2027, 1, 1)
FLAT = Months(np.full(12, 100.0), 0.05)
FIRM = np.full(12, 120.0)


def test_a_season_that_repeats_is_carried_on() -> None:
    assert months_ahead(np.tile(SEASON, 3)).point == pytest.approx(SEASON)


def test_growth_is_believed_in_part_and_bounded() -> None:
    grown = months_ahead(np.concatenate([SEASON, SEASON * 1.1])).point / (SEASON * 1.1)
    assert (grown > 1.01).all()
    assert (grown < 1.1).all()
    doubled = months_ahead(np.concatenate([SEASON, SEASON * 10])).point / (SEASON * 10)
    assert (doubled < 1.1).all()


def test_noise_is_averaged_over_years_and_held_by_the_quantiles() -> None:
    noise = np.random.default_rng(1).normal(0, 0.05, (40, 48))
    closer, inside = [], []
    for one in noise:
        past, truth = np.tile(SEASON, 4)[:36] * np.exp(one[:36]), SEASON * np.exp(one[36:])
        said = months_ahead(past)
        closer.append(np.abs(said.point - truth).mean() < np.abs(past[-12:] - truth).mean())
        quantiles = said.quantiles()
        inside.append(((truth >= quantiles[:, 1]) & (truth <= quantiles[:, 5])).mean())
    assert np.mean(closer) > 0.7
    assert 0.7 < np.mean(inside) < 0.95


def test_a_peak_of_a_single_hot_day_is_shared_with_its_neighbours() -> None:
    """Each year the hottest day falls into one of two months; the year before alone says the wrong one."""
    mean = np.tile(SEASON, 3)
    quiet = 1.5 * mean
    assert peaks_ahead(mean, quiet).point == pytest.approx(1.5 * SEASON)
    hot = quiet.copy()
    hot[[6, 12 + 7, 24 + 6]] *= 1.3
    truth = 1.5 * SEASON
    truth[7] *= 1.3
    said = peaks_ahead(mean, hot).point
    assert np.abs(said - truth).mean() < np.abs(hot[-12:] - truth).mean()
    assert (said[6:8] > 1.5 * SEASON[6:8]).all()
    assert (said[6:8] < 1.3 * 1.5 * SEASON[6:8]).all()


@pytest.mark.parametrize("history", [SEASON[:11], np.where(np.arange(12) == 5, np.nan, SEASON), SEASON * 0])
def test_a_year_is_needed(history: np.ndarray) -> None:
    with pytest.raises(CannotForecastError, match="12 whole months"):
        months_ahead(history)
    with pytest.raises(CannotForecastError, match="12 whole months"):
        peaks_ahead(history, history)


def test_an_empty_pipeline_gives_the_history_back() -> None:
    months = headroom(FIRST, FLAT, FIRM, [], [])
    assert [one.month.month for one in months] == list(range(1, 13))
    assert months[0].p50 == pytest.approx(100, rel=0.01)
    assert months[0].p90 == pytest.approx(100 * np.exp(0.05 * 1.2816), rel=0.01)
    assert first_breach(months) is None


def test_an_application_counts_from_its_month_on_as_often_as_it_comes() -> None:
    months = headroom(FIRST, FLAT, FIRM, [Step(30.0, date(2027, 5, 20), 0.5)], [])
    assert first_breach(months) == date(2027, 5, 1)
    assert months[3].p90 == pytest.approx(106.6, rel=0.01)
    rare = headroom(FIRST, FLAT, FIRM, [Step(30.0, date(2027, 5, 20), 0.01)], [])
    assert first_breach(rare) is None


def test_a_project_never_makes_it_worse_and_order_does_not_matter() -> None:
    arrivals = [Step(30.0, date(2027, 5, 1), 0.9), Step(10.0, date(2027, 3, 1), 0.4), Step(5.0, date(2027, 2, 1))]
    without = headroom(FIRST, FLAT, FIRM, arrivals, [])
    assert headroom(FIRST, FLAT, FIRM, arrivals[::-1], []) == without
    helped = headroom(FIRST, FLAT, FIRM, arrivals, [Step(63.0, date(2027, 8, 15))])
    assert all(more.headroom >= less.headroom for more, less in zip(helped, without, strict=True))
    assert helped[7].headroom == pytest.approx(without[7].headroom + 63)
    assert helped[6] == without[6]


def test_files_are_read_as_planners_write_them(tmp_path: Path) -> None:
    applications, projects = tmp_path / "a.csv", tmp_path / "p.csv"
    applications.write_text("\ufeffapplicant,zone,MW,m3/day,date,probability\nAlpha,north,12.5,,2027-03-01,0.8\n,,,,,\n")
    projects.write_text("asset,MVA,m3/day,date\nt1,63,,2027-06-01\n")
    assert read_applications(applications, ["north"]) == [Application("north", 12.5, 0.0, date(2027, 3, 1), 0.8)]
    assert read_projects(projects, ["t1"]) == [Project("t1", 63.0, 0.0, date(2027, 6, 1))]


def test_every_fault_is_told_with_file_line_and_column(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("zone,MW,m3/day,date,probability\nsouth,5,,2027-03-01,1\nnorth,much,-2,March,2\n")
    with pytest.raises(DataError) as told:
        read_applications(path, ["north"])
    lines = str(told.value).splitlines()
    assert [line.partition(": 'r")[0].split(":")[1].strip() for line in lines] == [
        "line 2, column zone",
        "line 3, column MW",
        "line 3, column m3/day",
        "line 3, column date",
        "line 3, column probability",
    ]
    path.write_text("zone,MW\nnorth,1\n")
    with pytest.raises(DataError, match=r"line 1: no column m3/day"):
        read_applications(path, ["north"])


def test_the_command_names_the_month(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, applications, projects = (tmp_path / f"{name}.csv" for name in ("demand", "applications", "projects"))
    days = np.arange(np.datetime64("2025-01-01"), np.datetime64("2026-07-01"))
    data.write_text("time,quang-chau\n" + "".join(f"{day},{100 + n % 7}\n" for n, day in enumerate(days)))
    applications.write_text("zone,MW,m3/day,date,probability\nquang-chau,400,,2026-10-10,1\n")
    projects.write_text("asset,MVA,m3/day,date\nqc-t1,1000,,2026-12-01\n")
    words = ["outlook", "--data", str(data), "--applications", str(applications), "--projects", str(projects)]
    assert main(words) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0] == "quang-chau, power: P90 passes firm capacity from 2026-10 on"
    assert [line.split()[0] for line in table[2:14]] == [f"{month}" for month in np.arange("2026-07", "2027-07", dtype="datetime64[M]")]
    assert [line.split()[-1].startswith("-") for line in table[2:8]] == [False, False, False, True, True, False]
    applications.write_text("zone,MW,m3/day,date,probability\nnowhere,400,,2026-10-10,1\n")
    assert main(words) == 2
    assert "line 2, column zone" in capsys.readouterr().err
