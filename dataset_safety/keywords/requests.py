"""Requests for a wrongful act: combinations that name ``%asks`` (6.2 b, keyword searches).

Words such as "counterfeit invoice" stand in news, law and advice as often as in a request, so such an entry says the act and
asks for a sign of a request beside it: ``%asks + %forge + 发票``. The whole must stand in one sentence, and a word of
``%guards`` in it or right beside it (prevent, report, recognise, treat, the law) says that the text asks the other way round,
unless the word belongs to the act itself ("get past the fraud *detection*") or is to be evaded ("without being *reported*").
"""

from __future__ import annotations

import re

from dataset_safety.keywords.entries import Entry, MatchMode
from dataset_safety.keywords.groups import group_spans, is_group

ASKS = "%asks"
GUARDS = "%guards"
EVADE = "%evade"
REACH = {False: 16, True: 48}
"""Characters beside the request in which a guard is looked for; more where words are spaced."""
NEXT = 1
_SENTENCE_END = re.compile(r"[。！？!?；;…]|\.\s")


def is_no_request(text: str, entry: Entry, start: int, end: int) -> bool:
    """Whether a combination that names ``%asks`` stands in ``text[start:end]`` without being a request for the act."""
    if ASKS not in entry.parts:
        return False
    if _SENTENCE_END.search(text, start, end):
        return True
    spaced = entry.match is MatchMode.WORD
    first, last = max(0, start - REACH[spaced]), min(len(text), end + REACH[spaced])
    guards = group_spans(GUARDS, text, first, last, spaced=spaced)
    act = [part for part in entry.parts if not is_group(part)]
    return any(not _belongs(text, *guard, act) and not _is_evaded(text, guard[0], spaced=spaced) for guard in guards)


def _belongs(text: str, start: int, end: int, act: list[str]) -> bool:
    """Whether ``text[start:end]`` lies inside a word of the act."""
    return any(text.find(part, max(0, end - len(part)), start + len(part)) >= 0 for part in act if len(part) >= end - start)


def _is_evaded(text: str, start: int, *, spaced: bool) -> bool:
    """Whether a word of evading stands right before ``start``."""
    spans = group_spans(EVADE, text, max(0, start - REACH[spaced]), start, spaced=spaced)
    return any(start - end <= NEXT for _, end in spans)
