"""What ``report.html`` of a bundle states, read out of it and held against what was computed.

A reader sees the page, so its numbers may not rest on a signature alone. The page states them twice: in ``data-`` attributes
of its main element (release, population, overall value, counts), and in words. Both are read: every row of any table that
names a check and shows one verdict, T1 with its counts, the results of the sections, the figures on top, release and
population. T1 has one row for each check, with one verdict, and each section one heading: a second one could say what it
likes to whoever reads only that. What else the page says in words rests on the signature.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeVar

from dataset_safety.records import Verdict
from dataset_safety.report.wording import VERDICTS, count, visible
from dataset_safety.standard import Stage, VerdictValue, section_of, worst

PAGE = "report.html"
FIGURES = {
    "read": "units", "kept for use": "kept", "removed": "removed", "held for a person": "held", "unreadable": "quarantined",
}  # fmt: skip
VERDICT, LOOKED_AT, BAD = "Verdict", "Looked at", "Not as expected"  # columns of T1
WORDS = {f"{told.symbol} {told.word}": value for value, told in VERDICTS.items()}
_VOID = frozenset({"br", "meta", "hr", "img", "link", "input", "col", "wbr", "area", "base", "embed", "source", "track"})
_SECTION = re.compile(r"8\.\d(\.\d)?")
T = TypeVar("T")
Told = tuple[str, str, str, str]
"""Where, what, what the page states, and what was computed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a report has to state: its release (id and title) and population, the counts of its corpus, and all verdicts.

    ``growing`` are checks that count logged events, of which there are more by now than when the page was made.
    """

    stage: Stage
    release: str
    title: str
    population: str
    totals: Mapping[str, int]
    verdicts: Sequence[Verdict]
    growing: frozenset[str] = frozenset()

    @property
    def overall(self) -> VerdictValue:
        """The worst of all expected results."""
        return worst(verdict.value for verdict in self.verdicts)

    def flat(self) -> dict[str, Verdict]:
        """Verdicts and their sub-checks by name."""
        found: dict[str, Verdict] = {}
        waiting = list(self.verdicts)
        while waiting:
            verdict = waiting.pop()
            found[verdict.clause] = verdict
            waiting += verdict.parts
        return found

    def sections(self) -> dict[str, VerdictValue]:
        """The value of each section of chapter 8."""
        values: dict[str, list[VerdictValue]] = {}
        for verdict in self.verdicts:
            values.setdefault(section_of(verdict.clause), []).append(verdict.value)
        return {name: worst(found) for name, found in values.items()}


@dataclass(slots=True)
class Row:
    """One row of a table: its header, what its cells say by the words of their column, and the verdicts that it shows."""

    head: str = ""
    cells: dict[str, list[str]] = field(default_factory=dict)
    badges: list[str] = field(default_factory=list)


class Page(HTMLParser):
    """The statements of a page, by reading it once from its beginning to its end."""

    def __init__(self, document: str) -> None:
        super().__init__(convert_charrefs=True)
        self.main: dict[str, str] = {}
        self.rows: list[Row] = []
        self.headings: list[tuple[str, str]] = []
        self.figures: dict[str, list[str]] = {}
        self.badges: list[tuple[str, str]] = []
        self.overall: list[str] = []
        self._open: list[tuple[str, str]] = []
        self._text: list[tuple[str, list[str]]] = []
        self._row: Row | None = None
        self._term = ""
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin an element; those that hold a statement collect their text."""
        found = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self.handle_data(" ")
            return
        kind = self._kind(tag, found.get("class", "").split())
        if tag == "main":
            self.main |= {name.removeprefix("data-"): value for name, value in found.items() if name.startswith("data-")}
        elif tag == "tr":
            self._row = Row()
            self.rows.append(self._row)
        elif tag == "td":
            kind = f"td:{found.get('data-label', '')}"
        self._open.append((tag, kind))
        if kind:
            self._text.append((found.get("class", ""), []))

    def handle_data(self, data: str) -> None:
        """Text belongs to every statement that is open."""
        for _, words in self._text:
            words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End an element, and whatever was left open in it."""
        if not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, kind = self._open.pop()
            if kind:
                marks, words = self._text.pop()
                self._state(kind, marks, " ".join("".join(words).split()))
            if name == "tr":
                self._row = None
            if name == tag:
                return

    def _kind(self, tag: str, marks: Sequence[str]) -> str:
        if "badge" in marks:
            return "badge"
        return tag if tag in ("th", "h1", "h3", "dt", "dd", "code") else "overall" if "big" in marks else ""

    def _state(self, kind: str, marks: str, words: str) -> None:
        if kind == "badge":
            self.badges.append((marks, words))
            if self._row is not None:
                self._row.badges.append(words)
        elif kind == "overall":
            self.overall.append(words)
        elif kind == "th" and self._row is not None:
            self._row.head = self._row.head or words
        elif kind.startswith("td:") and self._row is not None:
            self._row.cells.setdefault(kind.removeprefix("td:"), []).append(words)
        elif kind in ("h1", "h3"):
            self.headings.append((kind, words))
        elif kind == "dt":
            self._term = words
        elif kind == "dd":
            self.figures.setdefault(self._term, []).append(words)


def about_page(document: bytes, facts: Facts) -> list[Told]:
    """Everything that a page states otherwise than it was computed."""
    page = Page(document.decode("utf-8", "replace"))
    return [*_about_main(page, facts), *_about_words(page, facts), *_about_rows(page, facts), *_about_results(page, facts)]


def _attributes(facts: Facts) -> dict[str, str]:
    """The ``data-`` attributes that the main element has to have."""
    counts = {name: str(facts.totals[name]) for name in FIGURES.values()}
    named = {"stage": facts.stage.value, "release": facts.release, "population": facts.population}
    return {**named, "overall": facts.overall.value, "verdicts": str(len(facts.verdicts)), **counts}


def _about_main(page: Page, facts: Facts) -> Iterator[Told]:
    expected = _attributes(facts)
    for name in sorted(expected.keys() | page.main.keys()):
        if page.main.get(name) != expected.get(name):
            yield PAGE, f"data-{name}", page.main.get(name, "nothing"), expected.get(name, "nothing")


def _about_words(page: Page, facts: Facts) -> Iterator[Told]:
    """The overall word, the figures, and which release and population the page names."""
    said = [WORDS.get(words) for words in page.overall]
    if said != [facts.overall]:
        yield PAGE, "overall result", _named(page.overall), facts.overall.value
    figures = {label: count(facts.totals[name]) for label, name in FIGURES.items()}
    for label, expected in {**figures, "Population P2": facts.population, "Release": facts.release}.items():
        shown = page.figures.get(label, [])
        if shown != [expected]:
            yield PAGE, label, _named(shown), expected
    titles = [words for kind, words in page.headings if kind == "h1"]
    if len(titles) != 1 or not titles[0].endswith(f"release {visible(facts.title)}"):
        yield PAGE, "release in the title", _named(titles), facts.title
    for marks, words in page.badges:
        value = WORDS.get(words)
        if value is None or f"v-{value.value.lower()}" not in marks.split():
            yield PAGE, "a verdict", _named([words]), "no word of a verdict in its own colour"


def _about_rows(page: Page, facts: Facts) -> Iterator[Told]:
    """Every row of any table that names a check and shows its verdict: as one badge, and as nothing else in its cell."""
    computed = facts.flat()
    for row in page.rows:
        check = row.head.split(" ")[0]
        if check not in computed or not (row.cells.keys() & {VERDICT, LOOKED_AT} or len(row.badges) == 1):
            continue
        value = computed[check].value
        for said in (row.badges, row.cells.get(VERDICT, row.badges)):
            if said != [_word(value)]:
                yield f"{PAGE} {check}", "verdict", _named(said), value.value
                break


def _about_results(page: Page, facts: Facts) -> Iterator[Told]:
    """T1: one row for every verdict and sub-check, with its counts, and one heading with its result for each section."""
    computed, rows = facts.flat(), _grouped((row.head, row) for row in page.rows if LOOKED_AT in row.cells)
    for check in sorted(computed.keys() | rows.keys()):
        if check not in rows or check not in computed:
            there = ("not shown", "computed") if check in computed else ("shown", "not computed")
            yield f"{PAGE} {check}"[:200], "row of T1", *there
            continue
        if len(rows[check]) != 1:
            yield f"{PAGE} {check}", "row of T1", f"{len(rows[check])} rows", "one"
        for label, number in ((LOOKED_AT, computed[check].n), (BAD, computed[check].k)):
            expected = ["" if number is None else count(number)]
            wrong = [said for row in rows[check] if (said := row.cells.get(label, [])) != expected]
            for said in [] if label == LOOKED_AT and check in facts.growing else wrong[:1]:
                yield f"{PAGE} {check}", label, _named(said), expected[0] or "nothing"
    sections = _grouped((words, words) for kind, words in page.headings if kind == "h3" and _SECTION.match(words))
    for name, value in facts.sections().items():
        said = sections.get(name, [])
        if len(said) != 1 or not said[0].endswith(_word(value)):
            yield f"{PAGE} {name}", "result of the section", _named([words[-40:] for words in said]), _word(value)


def _grouped(found: Iterable[tuple[str, T]]) -> dict[str, list[T]]:
    """What a page says by the first word of it, which names a check or a section."""
    groups: dict[str, list[T]] = {}
    for words, said in found:
        groups.setdefault(words.split(" ")[0], []).append(said)
    return groups


def _word(value: VerdictValue) -> str:
    return f"{VERDICTS[value].symbol} {VERDICTS[value].word}"


def _named(words: Sequence[str]) -> str:
    """What the page says, short: the page may be anybody's."""
    return "; ".join(words)[:80] or "nothing"
