"""One page of a long list."""

from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from sqlalchemy import Row

T = TypeVar("T")

#: A row of columns whose types the store's tables know and mypy does not.
AnyRow: TypeAlias = Row[*tuple[Any, ...]]

#: Pages beyond this are not looked for: an offset costs the database a walk over all rows before it.
LAST_PAGE = 10_000


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of `total`. number counts from 1; size is the most that one page holds."""

    rows: tuple[T, ...]
    total: int
    number: int
    size: int

    @property
    def last(self) -> int:
        """The number of the last page, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        """The position of this page's first row in the whole list, from 1; 0 when there is none."""
        return (self.number - 1) * self.size + 1 if self.rows else 0

    @property
    def last_row(self) -> int:
        """The position of this page's last row in the whole list; 0 when there is none."""
        return self.first_row + len(self.rows) - 1 if self.rows else 0


def offset_of(number: int, size: int) -> int:
    """Return how many rows lie before page `number`."""
    return (min(max(number, 1), LAST_PAGE) - 1) * size
