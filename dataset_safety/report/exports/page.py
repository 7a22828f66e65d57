"""A page for people as data, written as Markdown or as HTML; every string in it is text and never markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Blank:
    """What is not in the ledger, and that a person has to fill in."""

    what: str

    def __str__(self) -> str:
        return f"[FILL IN: {self.what}]"


Cell = str | Blank


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Cell


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with one value each."""

    rows: Sequence[tuple[str, Cell]]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a head of as many columns."""

    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]


Block = Paragraph | Items | Facts | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part; ``level`` 1 stands right below the title of the page."""

    title: str
    blocks: Sequence[Block]
    level: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """A whole document."""

    title: str
    sections: Sequence[Section]

    @property
    def blanks(self) -> list[Blank]:
        """Everything that a person has to fill in, in the order of the page."""
        return [
            cell for section in self.sections for block in section.blocks for cell in _cells(block) if isinstance(cell, Blank)
        ]


def _cells(block: Block) -> list[Cell]:
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Items):
        return list(block.items)
    if isinstance(block, Facts):
        return [value for _, value in block.rows]
    return [cell for row in block.rows for cell in row]
