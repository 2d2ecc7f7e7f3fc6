"""Lists a page at a time: the cursor names the last item of the page before."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from api.problems import Problem

T = TypeVar("T")
Cursor = Annotated[str | None, Query(max_length=256, description="`next` of the page before")]


def paged(items: Sequence[T], name: Callable[[T], str], cursor: str | None, limit: int) -> tuple[Sequence[T], str | None]:
    """The page after a cursor, and the cursor of the next; None on the last.

    Raises:
        Problem: 422 when what the cursor names is no longer in the list.

    """
    start = 0
    if cursor is not None:
        start = next((at for at, item in enumerate(items, 1) if name(item) == cursor), 0)
        if start == 0:
            raise Problem(422, "what the cursor names is no longer in the list: begin with the first page", "query/cursor")
    page = items[start : start + limit]
    return page, name(page[-1]) if start + limit < len(items) else None
