"""What the plots share: the frame with title and description, text, axes, legends, and colours that stand out from their ground.

Nothing is told by colour alone: areas that mean different things differ in pattern too, and carry their number or word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from markupsafe import Markup

from dataset_safety.report.wording import visible

INK, SOFT, LINE, WASH, PAPER = "#1d2733", "#4a5765", "#d5dce3", "#f4f6f8", "#ffffff"
BLUE, ORANGE, RED, GREEN = "#2b66a5", "#f0a04b", "#9c2f16", "#1b6e3c"
ON_DARK = "#ffffff"
PAIRS = ((ON_DARK, BLUE), (INK, ORANGE), (ON_DARK, RED), (ON_DARK, GREEN), (INK, PAPER), (SOFT, WASH), (INK, WASH))
"""Text and ground wherever a plot writes upon a colour; a test holds the contrast."""
_WIDE = 12.0
_NARROW = 6.6


def svg(name: str, title: str, told: str, width: float, height: float, parts: Iterable[str]) -> Markup:
    """A whole plot; ``name`` makes its ids, ``told`` says in words what it shows. Every text in ``parts`` is escaped already."""
    head = (
        f'<svg role="img" aria-labelledby="{name}-title {name}-desc" viewBox="0 0 {width:g} {height:g}"'
        f' width="{width:g}" height="{height:g}">'
        f'<title id="{name}-title">{escape(visible(title))}</title><desc id="{name}-desc">{escape(visible(told))}</desc>'
        f"{_hatch(name)}"
    )
    return Markup("".join((head, *parts, "</svg>")))  # every text that others gave went through escape()


def _hatch(name: str) -> str:
    return (
        f'<defs><pattern id="{name}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect width="6" height="6" fill="{ORANGE}"/><rect width="2" height="6" fill="{INK}" fill-opacity="0.55"/>'
        "</pattern></defs>"
    )


def hatch(name: str) -> str:
    """Fill of the second kind of area of a plot."""
    return f"url(#{name}-hatch)"


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    weight: str = "400",
    size: int = 12,
    fill: str = INK,
    inside: str = "",
) -> str:
    """A line of text; ``inside`` is markup of our own that stands before it, such as a title."""
    place = f'x="{x:g}" y="{y:g}" text-anchor="{anchor}"'
    shown = escape(visible(words))
    return f'<text {place} font-size="{size}" font-weight="{weight}" fill="{fill}">{inside}{shown}</text>'


def box(
    x: float, y: float, width: float, height: float, fill: str, *, stroke: str = "", radius: float = 0, inside: str = ""
) -> str:
    """A filled rectangle."""
    edge = f' stroke="{stroke}"' if stroke else ""
    place = f'x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{height:g}"'
    return f'<rect {place} rx="{radius:g}" fill="{fill}"{edge}>{inside}</rect>'


def rule(x1: float, y1: float, x2: float, y2: float, *, stroke: str = LINE, width: float = 1, dashed: bool = False) -> str:
    """A straight line."""
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{stroke}" stroke-width="{width:g}"{dash}/>'


def tip(words: str) -> str:
    """What a pointer or a screen reader finds on a mark."""
    return f"<title>{escape(visible(words))}</title>"


def shortened(words: str, most: int) -> str:
    """A name of at most so many places; Chinese characters take two."""
    shown = visible(words)
    places = 0
    for at, character in enumerate(shown):
        places += 2 if ord(character) > 0x2E7F else 1
        if places > most:
            return f"{shown[: max(at - 1, 0)]}…"
    return shown


def legend(x: float, y: float, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Swatches with their words, side by side."""
    for fill, word in entries:
        yield box(x, y, 16, 14, fill, stroke="#8a97a5", radius=2)
        yield text(x + 22, y + 11.5, word)
        x += 22 + sum(_WIDE if ord(character) > 0x2E7F else _NARROW for character in word) + 18


def steps(top: float, most: int = 5) -> list[float]:
    """Round marks of an axis from nought to at least ``top``."""
    if top <= 0:
        return [0.0, 1.0]
    size = 10.0 ** (len(f"{int(top)}") - 1) if top >= 1 else 0.001
    for factor in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000):
        step = size * factor
        if step * most >= top and (top < 1 or step >= 1):
            count = int(-(-top // step))
            return [round(step * place, 9) for place in range(count + 1)]
    return [0.0, top]
