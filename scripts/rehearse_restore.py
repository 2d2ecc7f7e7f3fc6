"""Restores a backup into a fresh place and says whether everything is there: a backup nobody has restored is a hope.

    rehearse_restore.py DIR        a folder with influxdb/ (of `influxd backup -portable`) and what `mainsight backup` wrote beside it

For InfluxDB 1.x: starts an empty influxd of its own on free ports of the loopback, restores time series, state, settings and
registry into a temporary folder, reads the registry as the system would, and compares counts and checksums with the manifest.
What runs meanwhile is not touched. Exit code 1 when anything differs.
"""

import argparse
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from pydantic import SecretStr

from mainsight.app.backups import folder as backups
from mainsight.app.influxd import Influxd, InfluxdError, find_influxd
from mainsight.app.settings import Settings, load_settings
from mainsight.registry.problems import ProblemsError
from mainsight.registry.reading import load_network
from mainsight.store.port import StoreError
from mainsight.store.settings import InfluxSettings


def rehearse(folder: Path, place: Path) -> list[str]:
    """Restore a backup into an empty place; what differs from its manifest.

    Raises:
        BackupError: the backup is not whole.
        ProblemsError: its settings or registry cannot be used.
        InfluxdError: there is no influxd, or it does not start.
        StoreError: it cannot be read.

    """
    settings = restore_settings(folder, place / "settings")
    with Influxd(place / "influxd") as server:
        restore_series(folder / "influxdb", server, settings.store.influx.database)
        influx = InfluxSettings(
            url=server.url, database=settings.store.influx.database, user=server.user, password=SecretStr(server.password)
        )
        store = settings.store.model_copy(update={"influx": influx, "state": place / "state" / "state.sqlite"})
        settings = settings.model_copy(update={"store": store})
        backups.restore(settings, folder)
        return backups.check(settings, folder)


def restore_settings(folder: Path, place: Path) -> Settings:
    """Unpack settings and registry, and read both as the system does."""
    archive = folder / backups.SETTINGS
    if not archive.exists():
        raise backups.BackupError(f"there is no {archive}: `mainsight backup` writes it")
    with tarfile.open(archive) as packed:
        packed.extractall(place, filter="data")
    settings = load_settings(place / "mainsight.yaml", {})
    load_network(place / "registry")
    return settings


def restore_series(folder: Path, server: Influxd, database: str) -> None:
    """Put a portable backup of one database back into a server that runs."""
    found = re.search(r'^bind-address = "(.+)"', (server.folder / "influxd.conf").read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    command = [find_influxd(server.environ), "restore", "-portable", "-host", found[1], "-db", database, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not folder.is_dir():
        raise backups.BackupError(f"influxd does not restore {folder}: {done.stderr.strip() or done.stdout.strip()}")


def main() -> int:
    """Do what the words say."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of the backup")
    folder = parser.parse_args().folder
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mainsight-rehearsal-") as place:
        try:
            found = rehearse(folder, Path(place))
        except (backups.BackupError, ProblemsError, InfluxdError, StoreError) as error:
            print(f"rehearsal: {error}", file=sys.stderr)
            return 1
    print("\n".join(found) or f"{folder} restores whole: all counts and checksums agree ({time.monotonic() - started:.0f} s)")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
