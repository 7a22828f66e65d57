"""Training examples (B.2): each text is 1, 0 or unknown for each risk; unknown ones stay out of that risk's fit.

Only sets whose licence lets their traces ship enter: COLD (Apache-2.0), SWSR, Davidson, HarmBench (MIT) and texts written
for the project. What each label says about the 29 risks: shared/data/README.md.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dataset_safety.classifier.clean_texts import CleanText
from dataset_safety.classifier.errors import TrainingDataMissing
from dataset_safety.classifier.sentences import Sentence
from dataset_safety.standard import load_edition

__all__ = ["Example", "clean_examples", "cold", "davidson", "harmbench", "labelled_examples", "sentence_examples", "swsr"]

ABUSE = frozenset({"A.1.e", "A.1.f", "A.4.a", "A.4.c", "A.4.d"} | {f"A.2.{letter}" for letter in "abcdefghi"})
"""Risks that a rude comment may carry beside the one that it was labelled with."""
COLD_TOPICS = {"race": "A.2.a", "region": "A.2.d", "gender": "A.2.e"}
HARMBENCH = {
    "copyright": {"A.3.a"}, "chemical_biological": {"A.1.h"}, "cybercrime_intrusion": {"A.1.h"}, "illegal": {"A.1.h"},
    "misinformation_disinformation": {"A.1.g"}, "harassment_bullying": {"A.4.a", "A.4.c"}, "harmful": {"A.1.f", "A.4.a"},
}  # fmt: skip
# Davidson gives "hate" without its ground; these words tell it in most rows, the others stay unknown.
_ETHNIC = re.compile(
    r"nigg|white trash|cracker|honk|spics?\b|chink|wetback|beaner|gook|jap\b|mexican|coon|towel|sand|redskin|jew|black|white"
)
_ORIENTATION = re.compile(r"fag|dyke|queer|homo|gay|lesb|tranny")
_HANDLE = re.compile(r"@USER|https?://\S+|&#?\w+;")


@dataclass(frozen=True, slots=True)
class Example:
    """One text, what it shows (``positive``), what nobody knows of it (``unknown``); every other risk is 0.

    ``group`` keeps texts of one pattern or document on one side of a split; ``contrast`` names the risks whose
    violations the text answers, for which it weighs more.
    """

    text: str
    source: str
    group: str
    positive: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    contrast: frozenset[str] = field(default=frozenset())


def _read(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise TrainingDataMissing(
            f"{path.name} is not there.", hint="name the folder of labelled sets with --labelled.", path=path
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def cold(path: Path) -> Iterator[Example]:
    """COLD: offensive or not, topics race, region and gender; other comments of the same topic are its contrasts."""
    for row in _read(path):
        risk = COLD_TOPICS[row["topic"]]
        text = row["TEXT"]
        if row["label"] == "1":
            unknown = ABUSE - {risk} - ({"A.2.a", "A.2.d", "A.2.e"} if risk != "A.2.a" else {"A.2.d", "A.2.e"})
            yield Example(text, "COLD", _key(text), positive=frozenset({risk}), unknown=frozenset(unknown))
        else:
            yield Example(text, "COLD", _key(text), contrast=frozenset({risk}))


def swsr(path: Path) -> Iterator[Example]:
    """SWSR: sexist or not; what is not sexist may hold other abuse."""
    for row in _read(path):
        text, sexist = row["comment_text"], row["label"] == "1"
        unknown = ABUSE - {"A.2.e"}
        yield Example(
            text,
            "SWSR",
            _key(text),
            frozenset({"A.2.e"} if sexist else ()),
            frozenset(unknown),
            frozenset(() if sexist else {"A.2.e"}),
        )


def davidson(path: Path) -> Iterator[Example]:
    """Davidson: hate, merely offensive, or neither; handles, links and entities taken out."""
    for row in _read(path):
        text = _HANDLE.sub(" ", row["tweet"])
        if row["class"] == "2":
            yield Example(text, "Davidson", _key(row["tweet"]))
        elif row["class"] == "1":
            yield Example(text, "Davidson", _key(row["tweet"]), unknown=ABUSE)
        else:
            lowered = text.lower()
            grounds = {"A.2.a": _ETHNIC.search(lowered), "A.2.i": _ORIENTATION.search(lowered)}
            found = frozenset(risk for risk, match in grounds.items() if match)
            yield Example(text, "Davidson", _key(row["tweet"]), positive=found, unknown=ABUSE - found)


def harmbench(path: Path) -> Iterator[Example]:
    """HarmBench: requests for harmful things, by category."""
    every = frozenset(load_edition().risk_ids)
    for row in _read(path):
        found = frozenset(HARMBENCH[row["SemanticCategory"]])
        yield Example(row["Behavior"], "HarmBench", _key(row["Behavior"]), positive=found, unknown=every - found)


def labelled_examples(folder: Path) -> list[Example]:
    """All labelled sets that may enter the bundled weights."""
    return [
        *cold(folder / "zh" / "cold_train.csv"),
        *swsr(folder / "zh" / "swsr_dev.csv"),
        *davidson(folder / "en" / "davidson.csv"),
        *harmbench(folder / "en" / "harmbench_val.csv"),
    ]


def sentence_examples(sentences: Iterable[Sentence]) -> Iterator[Example]:
    """Written sentences: a violation says nothing about the neighbours of its risk, a contrast is clean of all of them."""
    every = load_edition().risk_ids
    for sentence in sentences:
        mine = frozenset(sentence.risk)
        source = f"sentences/{sentence.author}"
        if sentence.stance == "contrast":
            yield Example(sentence.text, source, sentence.pattern_id, contrast=mine)
        else:
            groups = {risk[:3] for risk in mine}
            near = {risk for risk in every if risk[:3] in groups} | (ABUSE if mine & ABUSE else frozenset())
            yield Example(sentence.text, source, sentence.pattern_id, positive=mine, unknown=frozenset(near) - mine)


def clean_examples(texts: Sequence[CleanText]) -> Iterator[Example]:
    """Clean documents that may be trained on: 0 everywhere."""
    for clean in texts:
        if clean.share == "training":
            yield Example(clean.text, f"clean/{clean.source}", _key(clean.text))
