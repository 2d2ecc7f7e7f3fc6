"""Quality of a final value, in order of rank: a higher rank replaces a lower one."""

from enum import IntEnum


class Quality(IntEnum):
    """Where a final value comes from."""

    MISSING = 0
    ESTIMATED = 1
    SUSPECT = 2
    MEASURED = 3
    EDITED = 4

    @property
    def label(self) -> str:
        """Lower-case name, as on the API."""
        return self.name.lower()
