"""What is installed beside us: grafana-client brings urllib3-future, which must not stand in urllib3's place."""

import re
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[2] / "requirements/run.txt"


def test_urllib3_is_the_real_one_of_the_lock() -> None:
    """influxdb-client's CPU nearly doubles on urllib3-future, which its wheel puts in urllib3's place as Python starts."""
    found = subprocess.run(
        [sys.executable, "-c", "import urllib3, urllib3_future; print(urllib3.__version__, urllib3_future.__version__)"],
        capture_output=True,
        text=True,
        check=True,
    )
    ours, future = found.stdout.split()
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE))
    assert (ours, future) == (locked["urllib3"], locked["urllib3-future"])


def test_nothing_runs_at_the_interpreters_start_to_replace_it() -> None:
    import urllib3  # noqa: PLC0415 - where it lies is what is looked at

    site = Path(urllib3.__file__).parents[1]
    starters = [file.name for file in site.glob("*.pth") if "urllib3" in file.read_text(encoding="utf-8")]
    assert starters == [], f"{starters} would replace urllib3: install by scripts/setup, which builds urllib3-future from its source"
    assert not hasattr(urllib3, "AsyncPoolManager"), "this is urllib3-future under urllib3's name"
