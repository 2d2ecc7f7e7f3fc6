"""What is in a store, told so that two of them can be compared."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Stock:
    """Rows and checksum of each table."""

    counts: dict[str, int]
    checksums: dict[str, str]


@runtime_checkable
class Copies(Protocol):
    """A store that can copy itself while it is in use."""

    async def copy_to(self, target: Path) -> Stock:
        """Copy everything as of one instant into a new file.

        Raises:
            StoreError: it cannot be made, or is not whole.

        """
        ...
