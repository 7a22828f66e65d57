"""Dotted ids of clauses and checks, and the names that Dagster shows for them: one rule, both ways.

An id is made of segments: ``8.2.3.b.4``, ``8.2.3.b.4.manual``, ``R.6.3.export_bound``, ``K.B.1.b.A.1.d``. A re-run of a
check on the fine-tuning population joins two ids with a slash: ``8.3.3.b.1/8.2.3.b.4.manual``. In a name a dot
becomes one underscore, a slash two, an underscore of the id three, and ``s`` (section) stands before a leading digit.
Segments neither start nor end with an underscore, so a run of underscores has one reading and no two ids share a name.
"""

from __future__ import annotations

import re
from difflib import get_close_matches

from dataset_safety.standard.errors import MalformedName

_SEGMENT = r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*"
_PATH = rf"(?:[0-9]+|[A-Z]+)(?:\.{_SEGMENT})*"
_ID = re.compile(rf"{_PATH}(?:/{_PATH})?")
_NAME = re.compile(r"(?:s(?=[0-9]))?[A-Z0-9][A-Za-z0-9_]*")
_RUN = re.compile(r"_+")
_WRITTEN = {".": "_", "/": "__", "_": "___"}
_READ = {written: mark for mark, written in _WRITTEN.items()}


def check_name(dotted: str) -> str:
    """``8.2.3.b.4.manual`` -> ``s8_2_3_b_4_manual``."""
    if not _ID.fullmatch(dotted):
        raise MalformedName(
            f"{dotted!r} is not the id of a clause or check.", hint="write it as in 8.2.3.b.4.manual or R.6.2.a.census", id=dotted
        )
    name = "".join(_WRITTEN.get(mark, mark) for mark in dotted)
    return f"s{name}" if name[0].isdigit() else name


def clause_id(name: str) -> str:
    """``s8_2_3_b_4_manual`` -> ``8.2.3.b.4.manual``; the inverse of ``check_name``."""
    if _NAME.fullmatch(name):
        dotted = _RUN.sub(lambda run: _READ.get(run.group(), " "), name.removeprefix("s"))
        # a leading digit without its ``s`` would be a second name of the same id
        if _ID.fullmatch(dotted) and check_name(dotted) == name:
            return dotted
    raise MalformedName(f"{name!r} is not the name of a check.", hint="write it as in s8_2_3_b_4_manual", name=name)


def rerun_id(result: str, checked: str) -> str:
    """Id of a check of 8.2 that runs again for an expected result of 8.3: ``8.3.3.b.1/8.2.3.b.4.manual``."""
    dotted = f"{result}/{checked}"
    check_name(dotted)
    return dotted


def section_of(dotted: str) -> str:
    """The section of chapter 8 whose result a clause decides: ``8.2.3.b.4.manual`` -> ``8.2.3``."""
    return re.split(r"\.[a-c](?:\.|$)|/", dotted, maxsplit=1)[0]


def nearest(wanted: str, known: tuple[str, ...]) -> str:
    """End of a hint: the nearest known word, or all of them where they are few."""
    near = get_close_matches(wanted, known, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(known)}" if len(known) <= 40 else "see the list in clauses.toml of the edition"
