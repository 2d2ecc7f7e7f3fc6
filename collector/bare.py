"""Bare values: one number a topic, whose meaning the topic tells or a rule."""

from collector.envelope import Decoded, Envelope
from collector.keys import unit_key
from collector.normalise import Column
from collector.numbers import RefusedError, number


def read_bare(message: Envelope, device: str, key: str, decoded: Decoded, evident: Column | None = None) -> None:
    """Read a payload that is one value: by the rule for its key, else as evident, else by the unit in the key.

    A number that none of these names waits for a rule; a text that is no number gives nothing, digits without end are refused.
    """
    found = message.names.column(key) or evident or unit_key(key)
    text = message.text
    if found is not None:
        decoded.put(device, (None,), text, found, key)
    elif not message.names.ignores(key) and text is not None:
        _refuse(text, key, decoded)


def _refuse(text: str, key: str, decoded: Decoded) -> None:
    try:
        number(text)
    except RefusedError as refused:
        if refused.reason == "not_finite" or (text.isascii() and text.isdigit()):
            decoded.reject(key, refused.reason)
    else:
        decoded.reject(key, "needs_mapping")
