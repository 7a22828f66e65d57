"""Sentences written for the project (B.2): violating texts and matched contrasts, one JSON Lines file a risk.

``seed/<risk>.jsonl`` is trained on; ``probe_texts/<risk>.jsonl`` was written apart, by other authors, and is only measured on.
Drafts come as text files with heading lines (``@@ violation zh statement``), one text a line.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from dataset_safety.classifier.errors import SentenceInvalid
from dataset_safety.preprocessing.folding import fold
from dataset_safety.standard import load_edition

__all__ = ["LICENCE", "Form", "Sentence", "Stance", "convert", "read_draft", "read_folder", "shingles", "write_folder"]

Stance = Literal["violation", "contrast"]
Form = Literal["statement", "question", "ad", "dialogue", "article"]
LICENCE = "Apache-2.0"
SHINGLE = 3
SAME_PATTERN = 0.6
"""Texts that share this part of their shingles are one pattern."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One written text; ``pattern_id`` is shared by near-copies, so that a split never parts them."""

    id: str
    text: str
    lang: str
    risk: tuple[str, ...]
    stance: Stance
    form: Form
    pattern_id: str
    author: str
    licence: str


def read_draft(path: Path, *, author: str) -> list[Sentence]:
    """The texts of one draft, ``<risk>.txt``; exact duplicates stand once. A line ``# author: x`` names who wrote them."""
    risk = path.name.removesuffix(".txt")
    if risk not in load_edition().risk_ids:
        raise SentenceInvalid(
            f"{path.name}: unknown risk.", hint="name the file after a risk, such as A.2.e.txt.", file=path.name, line=0
        )
    heading: tuple[Stance, str, Form] | None = None
    found: dict[str, Sentence] = {}
    for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = raw.strip()
        if line.startswith("# author:"):
            author = line.removeprefix("# author:").strip()
        elif line.startswith("@@"):
            heading = _heading(line, path.name, number)
        elif line and not line.startswith("#"):
            if heading is None:
                raise SentenceInvalid(
                    f"{path.name}, line {number}: no heading before it.", hint="begin with '@@ violation zh statement'."
                )
            stance, lang, form = heading
            identity = f"{risk}-{hashlib.sha256(line.encode()).hexdigest()[:12]}"
            found.setdefault(identity, Sentence(identity, line, lang, (risk,), stance, form, identity, author, LICENCE))
    return with_patterns(list(found.values()))


def _heading(line: str, name: str, number: int) -> tuple[Stance, str, Form]:
    words = line[2:].split()
    if len(words) != 3 or words[0] not in get_args(Stance) or words[2] not in get_args(Form):
        hint = f"write '@@ STANCE LANGUAGE FORM', stance {' | '.join(get_args(Stance))}, form {' | '.join(get_args(Form))}."
        raise SentenceInvalid(f"{name}, line {number}: unknown heading.", hint=hint, file=name, line=number)
    return cast(Stance, words[0]), words[1], cast(Form, words[2])


def shingles(text: str) -> frozenset[str]:
    """Runs of characters of a text without spaces, signs and digits: what near-copies share."""
    bare = "".join(character for character in fold(text) if character.isalpha())
    size = SHINGLE if any("㐀" <= character <= "鿿" for character in bare) else 2 * SHINGLE
    return frozenset(bare[place : place + size] for place in range(max(1, len(bare) - size + 1)))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """Part of the shingles that two texts share (Jaccard)."""
    return len(one & other) / max(1, len(one | other))


def alike(texts: Sequence[str], others: Sequence[str] | None = None, *, least: float) -> list[tuple[int, int]]:
    """Pairs of near-copies, between two lists or within one (first index below the second)."""
    cut = [shingles(text) for text in texts]
    cut_others = cut if others is None else [shingles(text) for text in others]
    index: defaultdict[str, list[int]] = defaultdict(list)
    for number, pieces in enumerate(cut_others):
        for piece in pieces:
            index[piece].append(number)
    common = max(50, len(cut_others) // 20)  # what so many texts share tells nothing
    pairs = []
    for number, pieces in enumerate(cut):
        met = Counter(
            other
            for piece in pieces
            if len(index[piece]) <= common
            for other in index[piece]
            if others is not None or other > number
        )
        near = (other for other, shared in met.items() if shared * 2 >= least * len(pieces))
        pairs += [(number, other) for other in near if likeness(pieces, cut_others[other]) >= least]
    return sorted(pairs)


def with_patterns(sentences: list[Sentence]) -> list[Sentence]:
    """The same sentences, near-copies under one ``pattern_id``: the id of the first of them."""
    first = list(range(len(sentences)))
    for one, other in alike([sentence.text for sentence in sentences], least=SAME_PATTERN):
        first[other] = min(first[other], first[one])
    return [
        Sentence(s.id, s.text, s.lang, s.risk, s.stance, s.form, sentences[first[number]].id, s.author, s.licence)
        for number, s in enumerate(sentences)
    ]


def convert(drafts: Path, folder: Path, *, author: str) -> dict[str, int]:
    """Drafts ``<risk>.txt`` as ``folder/<risk>.jsonl``; the number of texts of each risk."""
    made = {path.name.removesuffix(".txt"): read_draft(path, author=author) for path in sorted(drafts.glob("*.txt"))}
    write_folder(folder, [sentence for sentences in made.values() for sentence in sentences])
    return {risk: len(sentences) for risk, sentences in made.items()}


def write_folder(folder: Path, sentences: Iterable[Sentence]) -> None:
    """One file a risk (a text of several risks stands in the file of the first), ordered by stance, form and id."""
    by_risk: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        by_risk[sentence.risk[0]].append(sentence)
    folder.mkdir(parents=True, exist_ok=True)
    for risk, mine in by_risk.items():
        lines = [_line(sentence) for sentence in sorted(mine, key=lambda s: (s.stance, s.lang, s.form, s.id))]
        (folder / f"{risk}.jsonl").write_text("".join(lines), encoding="utf-8")


def _line(sentence: Sentence) -> str:
    record = {name: getattr(sentence, name) for name in Sentence.__slots__}
    return json.dumps(record, ensure_ascii=False) + "\n"


def read_folder(folder: Path) -> list[Sentence]:
    """All sentences of a folder, in the order of the edition."""
    found: list[Sentence] = []
    for risk in load_edition().risk_ids:
        path = folder / f"{risk}.jsonl"
        if path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            found += [_sentence(line, path.name, number) for number, line in enumerate(lines, 1) if line]
    return found


def _sentence(line: str, name: str, number: int) -> Sentence:
    try:
        record: dict[str, Any] = json.loads(line)
        made = Sentence(**(record | {"risk": tuple(record["risk"])}))
        risks = frozenset(load_edition().risk_ids)
        known = made.stance in get_args(Stance) and made.form in get_args(Form) and made.risk and risks.issuperset(made.risk)
    except (ValueError, TypeError, KeyError):
        known = False
    if not known or not isinstance(made.text, str) or not made.text:
        raise SentenceInvalid(
            f"{name}, line {number}: not a sentence.", hint=f"keys are {', '.join(Sentence.__slots__)}.", file=name, line=number
        )
    return made
