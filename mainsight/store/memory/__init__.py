"""Stores in memory: for tests and trials, held to the same contracts as the durable ones."""

from mainsight.store.memory.series import MemoryStore
from mainsight.store.memory.state import MemoryState

__all__ = ["MemoryState", "MemoryStore"]
