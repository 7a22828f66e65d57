"""Pages as Markdown (CommonMark with tables), in which text of others can be nothing but text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dataset_safety.report.exports.page import Blank, Block, Cell, Facts, Items, Page, Paragraph
from dataset_safety.report.wording import visible

_SPECIAL = re.compile(r"[\\`*_\[\]<>|~&$#@{}]|(?<=[A-Za-z]):(?=//)|(?<=www)\.", re.IGNORECASE)
_AT_START = re.compile(r"[-+=]|\d{1,9}(?=[.)](?:\s|$))")


def plain(text: str) -> str:
    """One line without anything hidden and without spaces around it: what a name of others may be in any document."""
    return " ".join(visible(text).split())


def inline(text: str) -> str:
    """Text for one line of Markdown: no emphasis, link, HTML, table, list, heading or address that a reader could click."""
    escaped = _SPECIAL.sub(lambda found: "\\" + found[0], plain(text))
    begun = _AT_START.match(escaped)
    if begun is None:
        return escaped
    marker = begun[0]
    if marker.isdigit():
        return f"{marker}\\{escaped[len(marker) :]}"
    return f"\\{escaped}"


def to_markdown(page: Page) -> str:
    """The whole document, ending with a line feed."""
    lines = [f"# {inline(page.title)}", ""]
    for section in page.sections:
        lines += [f"{'#' * (section.level + 1)} {inline(section.title)}", ""]
        for block in section.blocks:
            lines += [*_lines(block), ""]
    return "\n".join(lines)


def _lines(block: Block) -> Iterator[str]:
    if isinstance(block, Paragraph):
        yield _cell(block.text)
    elif isinstance(block, Items):
        yield from (f"- {_cell(item)}" for item in block.items)
    elif isinstance(block, Facts):
        yield from (f"- **{inline(name)}**: {_cell(value)}" for name, value in block.rows)
    else:
        yield _row([inline(name) for name in block.head])
        yield _row(["---"] * len(block.head))
        yield from (_row([_cell(cell) for cell in row]) for row in block.rows)


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return f"**{inline(str(cell))}**" if isinstance(cell, Blank) else inline(cell)
