"""Bare values: one number a topic, whose meaning the topic tells or a rule."""

import re
from typing import Final

from collector.envelope import Decoded, Envelope
from collector.keys import unit_key
from collector.normalise import Column
from collector.numbers import RefusedError, number

_BYTE_ORDER_MARK: Final = "\ufeff"
_LIKE_A_NUMBER: Final = re.compile(r"(?!\d++(?:\.\d++){2})[+-]?\d[\d.,_]*+ ?[^\W\d_]{0,6}")
"""Digits of any script; with two points or more they are an address or a version."""


def read_bare(message: Envelope, device: str, key: str, decoded: Decoded, evident: Column | None = None) -> None:
    """Read a payload that is one value: by the rule for its key, else as evident, else by the unit in the key.

    A number that none of these names waits for a rule; what is written like one and is none (`1,5`, `5 kWh`, Arabic digits) is
    refused, any other text (`ready`, `192.168.1.5`) gives nothing.
    """
    decoded.note_sender(device)
    found = message.names.column(key) or evident or unit_key(key)
    text = message.text
    if found is not None:
        decoded.put(device, (None,), text, found, key)
    elif not message.names.ignores(key) and text is not None:
        _refuse(text, key, decoded)


def _refuse(text: str, key: str, decoded: Decoded) -> None:
    try:
        number(text.lstrip(_BYTE_ORDER_MARK))
    except RefusedError as refused:
        if refused.reason == "not_finite" or _LIKE_A_NUMBER.fullmatch(text):
            decoded.reject(key, refused.reason)
    else:
        decoded.reject(key, "needs_mapping")
