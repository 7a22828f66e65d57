"""What an entry must keep to (Appendix B.1): errors refuse an entry, warnings show what a person should look at."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files

from dataset_safety.keywords.entries import Entry, EntryEffect, MatchMode, normalised
from dataset_safety.keywords.groups import group_names, is_group
from dataset_safety.keywords.library import idea
from dataset_safety.keywords.scripts import count_spaced_letters, count_unspaced
from dataset_safety.keywords.slots import honest_entries

LEAST_UNSPACED = 2
LEAST_LETTERS = 4
REVIEW_ONLY = frozenset({"A.1.a", "A.1.b", "A.1.c"})
FIELD_LENGTH = 200
_REGEX_SIGNS = re.compile(r"[\\*?\[\](){}^|<>]|\$(?!\d)|\.\.|\.\+")


class Severity(StrEnum):
    """An error refuses the entry; a warning is for a person."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: which entry, which rule, what to do."""

    entry: Entry
    rule: str
    severity: Severity
    hint: str


@dataclass(frozen=True, slots=True)
class LintReport:
    """Problems of a library and the honest count of its entries.

    ``honest`` counts entries that share a skeleton with many others, or that another entry of the risk already
    covers, once; by risk and in all.
    """

    problems: tuple[Problem, ...]
    active: int
    honest: int
    honest_by_risk: dict[str, int]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that refuse their entry."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)


def lint(entries: Iterable[Entry]) -> LintReport:
    """All problems of the active entries, and the honest count."""
    active = [entry for entry in entries if entry.active]
    problems = problems_of(active, active)
    kept = honest_entries(active)
    by_risk = Counter(risk for risk, _ in {(risk, idea(entry)) for entry in kept for risk in entry.risks})
    honest = len({idea(entry) for entry in kept})
    return LintReport(tuple(problems), len(active), honest, dict(sorted(by_risk.items())))


def problems_of(chosen: Iterable[Entry], active: Sequence[Entry]) -> list[Problem]:
    """Problems of the ``chosen`` among the ``active`` entries of a library, and every entry that is there twice."""
    return [*(problem for entry in chosen for problem in entry_problems(entry)), *_duplicates(active)]


def entry_problems(entry: Entry) -> Iterator[Problem]:
    """Rules that one entry breaks by itself."""
    for rule, holds, hint in _RULES:
        if not holds(entry):
            yield Problem(entry, rule, Severity.ERROR, hint)
    if entry.effect is EntryEffect.REJECT and len(entry.parts) == 1 and _size(entry.parts[0]) < 3:
        yield Problem(entry, "short reject", Severity.WARNING, "a keyword this short should be @review.")


@lru_cache(maxsize=2)
def _word_list(name: str) -> frozenset[str]:
    lines = files("dataset_safety.keywords").joinpath(f"data/{name}.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(normalised(line) for line in lines if line and not line.startswith("#"))


def _size(part: str) -> float:
    """Length in Chinese characters; two Latin letters weigh as one."""
    return count_unspaced(part) + count_spaced_letters(part) / 2


def _is_long_enough(entry: Entry) -> bool:
    sizes = [_size(part) for part in entry.parts if not is_group(part)]
    least = min(LEAST_UNSPACED, LEAST_LETTERS / 2)
    return bool(sizes) and (all(size >= least for size in sizes) or (len(sizes) > 1 and min(sizes) >= 1 and max(sizes) >= least))


def _is_literal(entry: Entry) -> bool:
    return not any(_REGEX_SIGNS.search(part) for part in entry.parts)


def _is_within_fields(entry: Entry) -> bool:
    return len(entry.text) <= FIELD_LENGTH and "\t" not in entry.text and all(part == normalised(part) for part in entry.parts)


def _is_not_everyday(entry: Entry) -> bool:
    return not all(part in _word_list("everyday") for part in entry.parts) or len(entry.parts) > 1


def _is_more_than_identity(entry: Entry) -> bool:
    words = _word_list("identity_words")
    return not all(part in words or part.rstrip("们") in words for part in entry.parts)


def _names_known_groups(entry: Entry) -> bool:
    groups = [part for part in entry.parts if is_group(part)]
    return len(groups) < len(entry.parts) and all(part in group_names() for part in groups)


def _keeps_scope(entry: Entry) -> bool:
    return entry.effect is not EntryEffect.REJECT or not REVIEW_ONLY.intersection(entry.risks)


def _exceptions_fit(entry: Entry) -> bool:
    return all(any(part in phrase and len(phrase) > len(part) for part in entry.parts) for phrase in entry.exceptions)


def _match_fits(entry: Entry) -> bool:
    return entry.match is not MatchMode.SEGMENT_CHECKED or (len(entry.parts) == 1 and count_unspaced(entry.parts[0]) > 0)


def _distance_fits(entry: Entry) -> bool:
    return entry.within > 0 if len(entry.parts) > 1 else entry.within == 0


_RULES = (
    ("length", _is_long_enough, "write at least 2 Chinese characters or 4 letters."),
    ("literal", _is_literal, "entries are literal text: no regex, no wildcard; use a combination instead."),
    ("form", _is_within_fields, "write normalised text (lower case, half width, Simplified) of at most 200 characters."),
    ("everyday", _is_not_everyday, "an everyday word hits innocent text; write a phrase or a combination."),
    ("identity", _is_more_than_identity, "names of groups never stand alone; join them with what is said about them."),
    ("group", _names_known_groups, f"groups are {', '.join(sorted(group_names()))}, and never stand alone."),
    ("scope", _keeps_scope, "A.1 a-c decide nothing without a person: use @review or @context."),
    ("exception", _exceptions_fit, "an exception is a longer phrase that contains the keyword or one of its parts."),
    ("match", _match_fits, "segmentation is for a single Chinese keyword."),
    ("distance", _distance_fits, "a combination needs a distance, one keyword has none."),
)


def _duplicates(entries: Sequence[Entry]) -> Iterator[Problem]:
    """Entries of one risk that say the same in another order or spacing."""
    seen: defaultdict[tuple[str, tuple[str, ...]], list[Entry]] = defaultdict(list)
    for entry in entries:
        for risk in entry.risks:
            seen[risk, tuple(sorted(part.replace(" ", "") for part in entry.parts))].append(entry)
    for group in seen.values():
        for entry in group[1:]:
            yield Problem(entry, "duplicate", Severity.ERROR, f"entry {group[0].id} says the same; keep one.")
