"""The compose file's broker, run with its own files: who gets in, who may write what, certificates and their renewal."""

import asyncio
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from collector.session.codec import open_session
from collector.session.port import Message, Session, SessionError, SessionSettings, Tls
from mainsight.app.broker import find_mosquitto
from mainsight.app.clock import now_ms
from tests.deploy.sandbox import ROOT, TOOLS, ComposedBroker, Service

pytestmark = pytest.mark.anyio
LIVE = "mainsight/v1/readings/zone-1"


@asynccontextmanager
async def connected(
    broker: ComposedBroker, user: str | None, password: str | None, *filters: str, tls: Tls | None = None
) -> AsyncIterator[Session]:
    settings = SessionSettings(
        host="localhost" if tls else "127.0.0.1",
        port=broker.tls_port if tls else broker.port,
        client_id=f"test-{user}",
        filters=filters,
        username=user,
        password=password,
        tls=tls,
        session_expiry_s=0,
    )
    async with open_session(settings, clock=now_ms) as session:
        yield session


async def first(session: Session) -> Message:
    async with asyncio.timeout(10):
        async for batch in session.batches():
            return batch[0]
    raise AssertionError("the session ended")


@pytest.fixture
def own_broker(services: dict[str, Service], tmp_path: Path) -> Callable[[], ComposedBroker]:
    return lambda: ComposedBroker(services["broker"], tmp_path / "own")


async def test_nobody_gets_in_without_a_password(broker: ComposedBroker, secrets: dict[str, str]) -> None:
    for user, password in [(None, None), ("collect", "guess"), ("nobody", secrets["MQTT_COLLECT_PASSWORD"]), ("sample-1", "")]:
        with pytest.raises(SessionError, match=r"(refuses|does not know) user"):
            async with connected(broker, user, password):
                pass


async def test_the_health_check_of_the_compose_file_tells(broker: ComposedBroker, own_broker: Callable[[], ComposedBroker]) -> None:
    assert broker.healthy()
    ended = own_broker()
    with ended:
        pass
    assert not ended.healthy()


async def test_the_collector_reads_what_the_simulator_writes(broker: ComposedBroker, secrets: dict[str, str]) -> None:
    topics = ["mainsight/sample/meter-1", "lines/meter-1", "v1/gateway/telemetry", "tele/meter-1/SENSOR", "meter-1/events/rpc"]
    async with (
        connected(broker, "collect", secrets["MQTT_COLLECT_PASSWORD"], "#") as collector,
        connected(broker, "simulate", secrets["MQTT_SIMULATE_PASSWORD"]) as simulator,
    ):
        for topic in topics:
            await simulator.publish(topic, b"{}")
            message = await first(collector)
            assert message.topic == topic
            await collector.acknowledge([message])


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("simulate", LIVE),  # nobody but the collector says what was stored
        ("simulate", "elsewhere/meter-1"),
        ("api", LIVE),
        ("api", "mainsight/v1/status/collect"),  # no role speaks for another
        ("alarms", "mainsight/v1/status/collect"),
        ("forecast", "mainsight/v1/alarms/sample"),
        ("collect", "mainsight/sample/meter-1"),
        ("health", "mainsight/sample/meter-1"),
    ],
)
async def test_a_topic_that_is_not_ones_own_is_refused(broker: ComposedBroker, secrets: dict[str, str], user: str, topic: str) -> None:
    async with connected(broker, user, secrets[f"MQTT_{user.upper()}_PASSWORD"]) as session:
        with pytest.raises(SessionError, match="access rules"):
            await session.publish(topic, b"{}")


async def test_roles_hear_the_collector_and_no_device(broker: ComposedBroker, secrets: dict[str, str]) -> None:
    async with (
        connected(broker, "collect", secrets["MQTT_COLLECT_PASSWORD"]) as collector,
        connected(broker, "simulate", secrets["MQTT_SIMULATE_PASSWORD"]) as simulator,
        connected(broker, "api", secrets["MQTT_API_PASSWORD"], "#") as api,
    ):
        await simulator.publish("mainsight/sample/meter-1", b"secret")
        await collector.publish(LIVE, b"stored")
        assert (await first(api)).topic == LIVE


async def test_an_added_device_speaks_for_itself_alone(own_broker: Callable[[], ComposedBroker]) -> None:
    with own_broker() as broker:
        await asyncio.to_thread(add_device, broker, "pump-7", "horse")
        async with connected(broker, "pump-7", "horse") as device:
            for topic in ("mainsight/sample/pump-7", "tele/pump-7/SENSOR", "pump-7/events/rpc", "lines/pump-7"):
                await device.publish(topic, b"{}")
            for topic in ("mainsight/sample/pump-8", "lines/pump-8", "v1/gateway/telemetry", LIVE):
                with pytest.raises(SessionError, match="access rules"):
                    await device.publish(topic, b"{}")
        passwords = broker.place / "run/mosquitto/passwords"
        assert passwords.stat().st_mode & 0o777 == 0o600


def add_device(broker: ComposedBroker, name: str, password: str) -> None:
    devices = broker.config / "devices"
    devices.write_text("# pumps\n", encoding="utf-8")
    subprocess.run(["mosquitto_passwd", "-b", devices, name, password], env=dict(broker.environ), check=True)
    broker.reload()


def certificates(folder: Path, *words: str) -> None:
    environ = {"PATH": "/usr/bin:/bin", "MAINSIGHT_CERTIFICATES": str(folder)}
    subprocess.run([ROOT / "scripts/certificates", *words], env=environ, check=True, capture_output=True)


async def test_tls_listens_with_our_certificate_and_takes_its_renewal_without_a_restart(
    own_broker: Callable[[], ComposedBroker], secrets: dict[str, str], tmp_path: Path
) -> None:
    made = tmp_path / "certificates"
    certificates(made, "localhost", "127.0.0.1")
    broker = own_broker()
    mounted = broker.place / "mosquitto/certificates"
    mounted.mkdir(parents=True)
    for name in ("server.crt", "server.key"):
        (mounted / name).write_bytes((made / "broker" / name).read_bytes())
    with broker:
        trusting = Tls(ca=made / "ca.crt")
        async with connected(broker, "api", secrets["MQTT_API_PASSWORD"], tls=trusting) as session:
            assert session.stats.connected
        with pytest.raises(SessionError, match="not to be trusted"):
            async with connected(broker, "api", secrets["MQTT_API_PASSWORD"], tls=Tls()):
                pass
        before = shown(broker, made / "ca.crt")
        certificates(made, "renew")
        for name in ("server.crt", "server.key"):
            (mounted / name).write_bytes((made / "broker" / name).read_bytes())
        broker.reload()
        after = await asyncio.to_thread(eventually_not, before, broker, made / "ca.crt")
        assert after == ssl.PEM_cert_to_DER_cert((made / "broker/server.crt").read_text())


def eventually_not(before: bytes, broker: ComposedBroker, ca: Path) -> bytes:
    for _ in range(200):
        if (now := shown(broker, ca)) != before:
            return now
    raise AssertionError("the broker still shows the old certificate")


def shown(broker: ComposedBroker, ca: Path) -> bytes:
    """The certificate that the broker shows, verified."""
    context = ssl.create_default_context(cafile=ca)
    with (
        socket.create_connection(("127.0.0.1", broker.tls_port), 10) as raw,
        context.wrap_socket(raw, server_hostname="localhost") as secured,
    ):
        return secured.getpeercert(binary_form=True) or b""


async def test_without_a_certificate_there_is_no_second_listener(broker: ComposedBroker) -> None:
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", broker.tls_port), 5):
        pass


async def test_it_does_not_start_without_its_secrets(services: dict[str, Service], tmp_path: Path) -> None:
    service = services["broker"] | {"environment": services["broker"]["environment"] | {"MQTT_API_PASSWORD": ""}}
    with pytest.raises(AssertionError, match="no password for api: run scripts/secrets"), ComposedBroker(service, tmp_path):
        pass


def test_debians_broker_takes_the_snippet_for_servers_without_containers(tmp_path: Path, broker: ComposedBroker) -> None:
    """Below Debian's own mosquitto.conf, as the guide says; mosquitto refuses a setting that is there twice or that it does not know."""
    program, libraries = find_mosquitto({})
    debians = (TOOLS / "etc/mosquitto/mosquitto.conf", Path("/etc/mosquitto/mosquitto.conf"))
    main = next(file for file in debians if file.exists()).read_text(encoding="utf-8")
    snippet = (ROOT / "deploy/systemd/mosquitto.conf").read_text(encoding="utf-8")
    for name in ("etc/mosquitto/conf.d", "run/mosquitto", "var/lib/mosquitto", "var/log/mosquitto"):
        (tmp_path / name).mkdir(parents=True)
    moved = {"/etc/": f"{tmp_path}/etc/", "/run/": f"{tmp_path}/run/", "/var/": f"{tmp_path}/var/", "listener 1883": "listener 0"}
    for old, new in moved.items():
        main, snippet = main.replace(f" {old}", f" {new}"), snippet.replace(f" {old}", f" {new}")
    (tmp_path / "etc/mosquitto/mosquitto.conf").write_text(main + "user root\n", encoding="utf-8")
    (tmp_path / "etc/mosquitto/conf.d/mainsight.conf").write_text(snippet, encoding="utf-8")
    (tmp_path / "etc/mosquitto/mainsight.acl").write_bytes((ROOT / "deploy/mosquitto/acl").read_bytes())
    (tmp_path / "etc/mosquitto/mainsight.passwords").write_bytes((broker.place / "run/mosquitto/passwords").read_bytes())
    command = [program, "-c", tmp_path / "etc/mosquitto/mosquitto.conf"]
    environ = {"LD_LIBRARY_PATH": libraries} if libraries else {}
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        log = tmp_path / "var/log/mosquitto/mosquitto.log"
        while process.poll() is None and not (log.exists() and b" running\n" in log.read_bytes()):
            time.sleep(0.02)
        assert process.poll() is None, (process.stderr.read() if process.stderr else b"", log.read_text() if log.exists() else "")
    finally:
        process.terminate()
        process.communicate()
