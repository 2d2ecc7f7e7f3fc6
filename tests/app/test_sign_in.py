"""The first administrator, the commands for people and keys, and TLS: what an operator sets up before anybody signs in."""

import asyncio
import io
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from api.access.passwords import Passwords
from api.settings import ApiSettings
from mainsight.app.cli import main
from mainsight.app.first_sign_in import demo_people, first_administrator
from mainsight.app.web import address, bind, serve
from mainsight.store.memory.state import MemoryState
from mainsight.store.settings import StoreSettings
from mainsight.store.sql.state import SqlState

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Terminal(io.StringIO):
    """Standard output that somebody looks at."""

    def isatty(self) -> bool:
        return True


async def test_the_first_administrator_is_made_once_and_shown_on_a_terminal_once(tmp_path: Path) -> None:
    state, terminal = MemoryState(), Terminal()
    await first_administrator(state, tmp_path, terminal)
    user = await state.user("admin")
    assert user is not None
    assert (user.roles, user.must_change) == ({"*": "administrator"}, True)
    password = next(word.rstrip(",") for word in terminal.getvalue().split() if word.count("-") == 3)
    assert await Passwords().verify(password, user.password_hash)
    assert not (tmp_path / "first-sign-in.txt").exists()
    await first_administrator(state, tmp_path, terminal)
    assert terminal.getvalue().count("\n") == 1


async def test_where_output_goes_to_a_log_the_password_goes_into_a_file_of_one_s_own(tmp_path: Path) -> None:
    state, log = MemoryState(), io.StringIO()
    await first_administrator(state, tmp_path, log)
    file = tmp_path / "first-sign-in.txt"
    name, password = file.read_text().split()
    assert file.stat().st_mode & 0o777 == 0o600
    assert str(file) in log.getvalue()
    assert password not in log.getvalue()
    user = await state.user(name)
    assert user is not None
    assert await Passwords().verify(password, user.password_hash)


async def test_each_demo_has_a_person_a_role_with_a_new_password(tmp_path: Path) -> None:
    settings = StoreSettings(state=tmp_path / "state.sqlite")
    first, second = await demo_people(settings), await demo_people(settings)
    assert [name for name, _ in first] == ["admin", "planner", "operator", "viewer"]
    assert not {password for _, password in first} & {password for _, password in second}


def test_people_and_keys_by_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MAINSIGHT__STORE__STATE", str(tmp_path / "state.sqlite"))
    assert main(["user", "add", "Lan", "--full-name", "Nguyễn Lan", "--role", "viewer", "--role", "operator:quang-chau"]) == 0
    first = capsys.readouterr().out.strip()
    assert main(["user", "password", "lan"]) == 0
    assert capsys.readouterr().out.strip() != first
    assert main(["user", "add", "lan"]) == 1
    assert main(["user", "disable", "nobody"]) == 1
    assert main(["user", "disable", "lan"]) == 0
    assert main(["key", "make", "grafana", "--role", "viewer", "--zone", "quang-chau", "--env", "GRAFANA_API_KEY"]) == 0
    assert capsys.readouterr().out.startswith("GRAFANA_API_KEY=ms_")
    assert main(["user", "list"]) == 0
    listed = capsys.readouterr().out
    assert listed.split() == ["lan", "disabled", "viewer,", "operator:quang-chau", "(Nguyễn", "Lan)"]
    with pytest.raises(SystemExit):
        main(["user", "add", "an", "--role", "king"])
    with pytest.raises(SystemExit):
        main(["user", "add", "an", "--role", "viewer:nowhere"])

    async def trail() -> list[tuple[str, str]]:
        state = await SqlState.open(StoreSettings(state=tmp_path / "state.sqlite"))
        try:
            return [(entry.action, entry.origin) for entry in await state.audit_trail()]
        finally:
            await state.close()

    actions = ["make-key", "disable-user", "reset-password", "add-user"]
    assert asyncio.run(trail()) == [(action, "command line") for action in actions]


async def test_tls_by_settings(tmp_path: Path) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-out", str(certificate), "-keyout", str(key)]
    await asyncio.to_thread(subprocess.run, [*words, *names], check=True, capture_output=True)
    settings = ApiSettings(port=0, certificate=certificate, key=key)
    app = FastAPI()

    @app.get("/")
    def root() -> str:
        return "over TLS"

    taken = bind(settings)
    url = address(taken, settings)
    assert url.startswith("https://127.0.0.1:")
    task = asyncio.create_task(serve(app, taken, settings))
    context = ssl.create_default_context(cafile=certificate)
    try:
        async with httpx.AsyncClient(verify=context) as client:
            assert (await client.get(url)).json() == "over TLS"
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0
