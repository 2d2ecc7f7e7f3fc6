"""What brokers and networks answer, turned into errors that say what to mend.

Reason codes are those of MQTT 5 (section 2.4); the 3.1.1 adapter's library translates to them.
"""

import socket
import ssl

from collector.session.link import LinkLostError, RefusedError
from collector.session.port import SessionError, SessionSettings

_UNSUPPORTED_VERSION = 132
_CLIENT_ID_NOT_VALID = 133
_BAD_CREDENTIALS = 134
_NOT_AUTHORISED = 135
_TAKEN_OVER = 142

_REFUSALS = {
    _UNSUPPORTED_VERSION: "does not speak MQTT 5; choose the adapter aiomqtt, which speaks 3.1.1",
    _CLIENT_ID_NOT_VALID: "does not take the client id {client_id!r}; change client_id",
    _BAD_CREDENTIALS: "does not know user {username!r} with this password; check username and password",
    _NOT_AUTHORISED: "refuses user {username!r}; check username, password and the broker's access rules",
    138: "has banned this client; look at the broker's ban list",
    140: "wants another way of authentication, which is not supported",
    144: "refuses the topic of our will (the STATE of sparkplug.host_id); check the broker's access rules",
    154: "keeps no retained messages, which the STATE of sparkplug.host_id needs; switch them on there",
    156: "asks to use another server; change host",
    157: "has moved for good; change host",
}
"""Answers to CONNECT that stay the same until a person mends something."""

_LOSSES = {
    _TAKEN_OVER: "another program connected with client id {client_id!r}; give each collector a client_id of its own",
    139: "the broker is shutting down",
    141: "the broker heard nothing from us for too long",
}


def refused_connect(settings: SessionSettings, code: int, name: str) -> RefusedError:
    """A CONNACK with a reason of 128 and above."""
    where = f"the broker at {settings.host}:{settings.port}"
    if sentence := _REFUSALS.get(code):
        return RefusedError(f"{where} {_fill(sentence, settings)}", for_good=True)
    return RefusedError(f"{where} is not ready for us ({name}, {code})", for_good=False)


def refused_filter(settings: SessionSettings, topic_filter: str, code: int, name: str) -> RefusedError:
    """A SUBACK with a reason of 128 and above."""
    where = f"the broker at {settings.host}:{settings.port}"
    return RefusedError(
        f"{where} refuses the subscription {topic_filter!r} ({name}, {code}); check filters and its access rules", for_good=True
    )


def refused_publish(topic: str, code: int, name: str) -> SessionError:
    """A PUBACK with a reason of 128 and above."""
    hint = "; check the broker's access rules" if code == _NOT_AUTHORISED else ""
    return SessionError(f"the broker refuses messages on {topic!r} ({name}, {code}){hint}")


def odd_greeting(settings: SessionSettings, data: bytes) -> RefusedError | None:
    """What came instead of an MQTT 5 CONNACK, if something did: 3.1.1's answer to a version it does not know, or no MQTT at all."""
    if data[:2] == b"\x20\x02":  # MQTT 5 has a third byte, the length of properties
        return refused_connect(settings, _UNSUPPORTED_VERSION, "")
    if data[0] != 0x20:
        return RefusedError(f"what listens on {settings.host}:{settings.port} is no MQTT broker; check host, port and tls", for_good=True)
    return None


def disconnected(settings: SessionSettings, code: int, name: str) -> LinkLostError | RefusedError:
    """A DISCONNECT from the broker. One that would only be repeated is a refusal."""
    sentence = _LOSSES.get(code, f"the broker closed the connection ({name}, {code})")
    text = _fill(sentence, settings)
    if code in {_TAKEN_OVER, _NOT_AUTHORISED}:
        return RefusedError(text, for_good=True)
    return LinkLostError(text)


def unreachable(settings: SessionSettings, error: OSError | None) -> RefusedError:
    """Connecting failed before MQTT came into it; None when it took too long."""
    where = f"{settings.host}:{settings.port}"
    if error is None:
        return RefusedError(
            f"no answer from {where} within {settings.connect_timeout_s:g} s; check host, port and firewall", for_good=False
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        message = f"the certificate of {where} is not to be trusted ({error.verify_message}); give its authority's file in tls.ca"
        return RefusedError(message, for_good=True)
    if isinstance(error, ssl.SSLError):
        message = f"no TLS with {where} ({error.reason or error}); check port, tls.certificate and tls.key"
        return RefusedError(message, for_good=True)
    if isinstance(error, socket.gaierror):
        return RefusedError(f"host {settings.host!r} is not known ({error.strerror}); check host", for_good=False)
    if isinstance(error, ConnectionRefusedError):
        return RefusedError(f"nothing listens on {where}; is the broker running?", for_good=False)
    return RefusedError(f"cannot connect to {where} ({error.strerror or error})", for_good=False)


def _fill(sentence: str, settings: SessionSettings) -> str:
    return sentence.format(client_id=settings.client_id, username=settings.username)
