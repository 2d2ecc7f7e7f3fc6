"""Passwords: Argon2id, off the event loop, few at a time."""

import asyncio
import functools
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH: Final = 10
MAX_LENGTH: Final = 256
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is taken for another when read aloud
_hasher = PasswordHasher()  # RFC 9106, second choice: 64 MiB, 3 passes, 4 lanes


def one_time_password() -> str:
    """Make a password to be handed over and changed at first use: 80 random bits, easy to type."""
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4)]
    return "-".join(groups)


def weakness(password: str, name: str) -> str | None:
    """Say what is wrong with a chosen password; None when nothing is."""
    if len(password) < MIN_LENGTH:
        return f"it has {len(password)} characters; at least {MIN_LENGTH} are needed"
    if len(password) > MAX_LENGTH:
        return f"it is longer than {MAX_LENGTH} characters"
    if name.lower() in password.lower():
        return "it contains the name"
    if len(set(password.lower())) < 5:
        return "it has too few different characters"
    return None


def hashed(password: str) -> str:
    """Hash a password; takes some 50 ms and 64 MiB."""
    return _hasher.hash(password)


@functools.cache
def _decoy() -> str:
    """The hash of a password that nobody has; one a process."""
    return hashed(secrets.token_hex())


class Passwords:
    """Hashes and verifies in threads, two at a time: more would let anybody take the machine's memory."""

    def __init__(self) -> None:
        """Prepare a hash that stands in for that of an unknown user, so that both take as long."""
        self._turns = asyncio.Semaphore(2)
        self._decoy = _decoy()

    async def hash(self, password: str) -> str:
        """See `hashed`."""
        async with self._turns:
            return await asyncio.to_thread(hashed, password)

    async def verify(self, password: str, kept: str | None) -> bool:
        """Whether a password is the one kept; None (nobody of that name) takes as long and never is."""
        async with self._turns:
            right = await asyncio.to_thread(_verify, password, kept or self._decoy)
        return right and kept is not None


def _verify(password: str, kept: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False
