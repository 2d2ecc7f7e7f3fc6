"""Delivery against a real web server, mail server and SMS centre that refuse first; give-up is visible; secrets are not."""

import json
import logging
import socket
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from mainsight.alarms.delivery import after_failure
from mainsight.alarms.notify.apprise import AppriseNotifier
from mainsight.alarms.notify.choice import ByTarget
from mainsight.alarms.notify.port import GiveUpError, Notifier, RetryLaterError
from mainsight.alarms.settings import AlarmSettings, RetrySettings, TargetSettings
from mainsight.store.alarm_port import Delivery

from .conftest import PRESSURE, Bench, build_network, reading, rules
from .smsc import INVALID_DESTINATION, Smsc

pytestmark = pytest.mark.anyio


class Webhook:
    """A web server that answers with the given statuses, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.bodies: list[dict[str, Any]] = []
        answers = iter(statuses)
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                status = next(answers, 200)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if status == 200:
                    bodies.append(json.loads(body))
                self.send_response(status)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook(500, 503)
    yield made
    made.close()


class Mailbox:
    """Mail handler that refuses the first message for now."""

    def __init__(self) -> None:
        self.seen = 0
        self.messages: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        self.seen += 1
        if self.seen == 1:
            return "451 try again later"
        self.messages.append(envelope.content)
        return "250 taken"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def mail() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield mailbox, controller.port
    controller.stop()


def target(url: str, **more: Any) -> TargetSettings:
    return TargetSettings(name=more.pop("name", "on-call"), url=SecretStr(url), language="en", **more)


def bench(*targets: TargetSettings, notifier: Notifier | None = None, **retry: Any) -> Bench:
    settings = AlarmSettings(targets=targets, retry=RetrySettings(**retry), console_url="http://console.local/")
    chosen = ByTarget(targets, timeout_s=5) if notifier is None else notifier
    return Bench(build_network(0), rules(PRESSURE), settings=settings, notifier=chosen)  # type: ignore[arg-type]  # any notifier does


async def raise_alarm(made: Bench) -> str:
    made.now_ms += 1000
    await made.take(reading("s-d1", "pressure", made.now_ms, 1.5))
    (transition,) = await made.state.transitions(rule="pressure-low")
    return transition.id


async def test_a_webhook_that_fails_first_is_told_once(webhook: Webhook) -> None:
    made = bench(target(f"json://user:hush@127.0.0.1:{webhook.port}/alarms"))
    name = await raise_alarm(made)
    for _ in range(40):
        await made.service.deliver_due()
        made.now_ms += 1000
    assert [body["title"] for body in webhook.bodies] == ["[MEDIUM] D1: pressure 1.5 bar below 2 bar, at 12:00"]
    (delivery,) = await made.state.deliveries(name)
    assert (delivery.status, delivery.attempts) == ("delivered", 3)
    assert "hush" not in delivery.receipt
    assert f"127.0.0.1:{webhook.port}" in delivery.receipt
    assert made.service.numbers().delivered == 1


async def test_the_message_says_what_to_do_and_where_to_read_on(webhook: Webhook) -> None:
    made = bench(target(f"json://127.0.0.1:{webhook.port}"), first_delay_s=0.001)
    await raise_alarm(made)
    for _ in range(3):
        await made.service.deliver_due()
        made.now_ms += 1000
    body = webhook.bodies[0]["message"]
    assert "Where: D1 (d1)" in body
    assert "When: 12:00:01 10/03/2026 (Asia/Ho_Chi_Minh)" in body
    assert "What to do (within 10 min): a sentence" in body
    assert "Runbook: http://console.local/runbooks/feeder-load.md" in body


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("mmost://mainsight@127.0.0.1:{}/3ccdd113474722377935511fc85d3dd4", "text"),
        ("rocket://3ccdd113474722377935511fc85d3dd4a/8d85e8aa54tr4r@127.0.0.1:{}/oncall?mode=webhook&format=text", "text"),
        ("gotify://127.0.0.1:{}/Abcdefghijklmno", "message"),
        ("ntfy://127.0.0.1:{}/oncall", "message"),
    ],
    ids=["Mattermost", "Rocket.Chat", "Gotify", "ntfy"],
)
async def test_chat_services_are_told_by_their_address_alone(webhook: Webhook, address: str, words: str) -> None:
    made = bench(target(address.format(webhook.port)), first_delay_s=0.001)
    name = await raise_alarm(made)
    for _ in range(4):
        await made.service.deliver_due()
        made.now_ms += 1000
    (delivery,) = await made.state.deliveries(name)
    assert delivery.status == "delivered", delivery.receipt
    assert "pressure 1.5 bar below 2 bar" in str(webhook.bodies[0])
    assert "What to do" in webhook.bodies[0][words]


async def test_a_mail_server_that_fails_first_gets_it(mail: tuple[Mailbox, int]) -> None:
    mailbox, port = mail
    made = bench(target(f"mailto://127.0.0.1:{port}?from=alarms@example.org&to=oncall@example.org&mode=insecure"))
    await raise_alarm(made)
    for _ in range(10):
        await made.service.deliver_due()
        made.now_ms += 1000
    assert len(mailbox.messages) == 1
    message = message_from_bytes(mailbox.messages[0])
    assert str(make_header(decode_header(message["Subject"]))) == "[MEDIUM] D1: pressure 1.5 bar below 2 bar, at 12:00"
    assert message["To"] == "oncall@example.org"


async def test_an_sms_gateway_that_is_busy_first_gets_it_in_parts_with_its_accents() -> None:
    centre = Smsc(refuse=1)
    made = bench(target(f"smpp://mainsight:hush@127.0.0.1:{centre.port}/84240000000/84901234567").model_copy(update={"language": "vi"}))
    await made.service.start()
    name = await raise_alarm(made)
    for _ in range(10):
        await made.service.deliver_due()
        made.now_ms += 1000
    centre.close()
    (delivery,) = await made.state.deliveries(name)
    assert (delivery.status, delivery.attempts) == ("delivered", 2)
    assert "hush" not in delivery.receipt
    assert {(part.source, part.destination) for part in centre.parts} == {("84240000000", "84901234567")}
    text = "".join(part.text for part in centre.parts)
    assert "[TRUNG BÌNH] D1: áp suất 1,5 bar" in text
    assert "/a/" in text, "the link that acknowledges"


async def test_a_wrong_password_at_the_sms_gateway_is_no_receipt() -> None:
    centre = Smsc(password="another")
    notifier = ByTarget([target(f"smpp://mainsight:hush@127.0.0.1:{centre.port}/84240000000/84901234567")], timeout_s=5)
    with pytest.raises(RetryLaterError, match="refused the connection"):
        await notifier.send("on-call", "subject", "body")
    centre.close()
    assert centre.parts == []


async def test_a_number_that_the_sms_centre_knows_to_be_wrong_is_given_up() -> None:
    centre = Smsc(refuse=1, refusal=INVALID_DESTINATION)
    notifier = ByTarget([target(f"smpp://mainsight:hush@127.0.0.1:{centre.port}/84240000000/84901234567")], timeout_s=5)
    with pytest.raises(GiveUpError, match="turned it away"):
        await notifier.send("on-call", "subject", "body")
    centre.close()


@pytest.mark.parametrize("url", ["smpp://u:hush@host", "smpp://u:hush@host/sender", "smpp://u:hush@host/sender/not-a-number"])
def test_an_sms_address_without_its_parts_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match="target on-call: write smpp://user") as refused:
        ByTarget([target(url)], 1)
    assert "hush" not in str(refused.value)


async def test_giving_up_is_visible(caplog: pytest.LogCaptureFixture) -> None:
    made = bench(target(f"json://user:hush@127.0.0.1:{free_port()}"), attempts=3, first_delay_s=1.0)
    name = await raise_alarm(made)
    with caplog.at_level(logging.DEBUG):
        for _ in range(10):
            await made.service.deliver_due()
            made.now_ms += 1000
    (delivery,) = await made.state.deliveries(name)
    assert (delivery.status, delivery.attempts) == ("given_up", 3)
    assert made.service.numbers().given_up == 1
    assert "gave up telling on-call after 3 tries" in caplog.text
    assert "hush" not in caplog.text


async def test_one_target_s_trouble_does_not_hold_up_another(webhook: Webhook) -> None:
    made = bench(
        target(f"json://127.0.0.1:{free_port()}", name="dead"),
        target(f"json://127.0.0.1:{webhook.port}", name="alive"),
        first_delay_s=0.001,
    )
    await raise_alarm(made)
    for _ in range(3):
        await made.service.deliver_due()
        made.now_ms += 10
    assert len(webhook.bodies) == 1


async def test_a_restart_sends_what_waits_and_nothing_twice(webhook: Webhook) -> None:
    made = bench(target(f"json://127.0.0.1:{webhook.port}"))
    await raise_alarm(made)
    await made.service.deliver_due()
    assert webhook.bodies == [], "refused so far"
    for _ in range(40):
        await made.restart()
        await made.service.deliver_due()
        made.now_ms += 1000
    assert len(webhook.bodies) == 1


async def test_a_target_that_has_gone_from_the_settings_is_given_up() -> None:
    made = bench(target("json://127.0.0.1:1"))
    name = await raise_alarm(made)
    made.settings = AlarmSettings()
    await made.restart()
    await made.service.deliver_due()
    (delivery,) = await made.state.deliveries(name)
    assert (delivery.status, "gone from the settings" in delivery.receipt) == ("given_up", True)


async def test_a_server_that_never_answers_is_given_a_limit() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        notifier = AppriseNotifier([target(f"json://127.0.0.1:{deaf.getsockname()[1]}")], timeout_s=0.2)
        with pytest.raises(RetryLaterError, match=r"did not take it|no answer"):
            await notifier.send("on-call", "subject", "body")


async def test_an_unknown_target_is_given_up() -> None:
    with pytest.raises(GiveUpError):
        await AppriseNotifier([], 1).send("nobody", "subject", "body")


def test_an_address_that_cannot_be_read_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="target on-call: Apprise cannot read its url") as refused:
        AppriseNotifier([target("nonsense://secret-token")], 1)
    assert "secret-token" not in str(refused.value)
    assert "secret-token" not in repr(target("nonsense://secret-token"))


def test_back_off_doubles_up_to_a_limit() -> None:
    delivery, waits = Delivery("t", "on-call"), []
    retry = RetrySettings(attempts=6, first_delay_s=5, longest_delay_s=30)
    while delivery.status == "pending":
        delivery = after_failure(delivery, "busy", 0, retry)
        waits.append(delivery.due_ms // 1000)
    assert waits == [5, 10, 20, 30, 30, 30]
    assert (delivery.status, delivery.attempts, delivery.receipt) == ("given_up", 6, "busy")
