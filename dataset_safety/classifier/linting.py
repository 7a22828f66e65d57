"""Lint of the written sentences: distinct patterns are counted, never rows; training and probe texts share nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from dataset_safety.classifier.errors import SentencesRefused
from dataset_safety.classifier.sentences import Sentence, alike
from dataset_safety.standard import load_edition

__all__ = ["Shortage", "distinct_patterns", "lint"]

TRAINING_PATTERNS = 200
PROBE_PATTERNS = 60
NEAR_COPY = 0.5
"""From this part of shared shingles on a probe text is a near-copy of a training text."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """Fewer distinct patterns than wanted for one risk and stance."""

    risk: str
    stance: str
    patterns: int
    wanted: int


def distinct_patterns(sentences: Sequence[Sentence]) -> Counter[tuple[str, str]]:
    """Number of distinct patterns by risk and stance."""
    patterns: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for sentence in sentences:
        for risk in sentence.risk:
            patterns[risk, sentence.stance].add(sentence.pattern_id)
    return Counter({key: len(found) for key, found in patterns.items()})


def lint(training: Sequence[Sentence], probe: Sequence[Sentence]) -> list[Shortage]:
    """Shortages, in the order of the edition; refuses near-copies, shared authors and slot filling between the two sets."""
    shared = {sentence.author for sentence in training} & {sentence.author for sentence in probe}
    if shared:
        raise SentencesRefused(
            f"{len(shared)} authors wrote both training and probe texts.",
            hint="probe texts come from other authors.",
            authors=sorted(shared),
        )
    pairs = alike([sentence.text for sentence in probe], [sentence.text for sentence in training], least=NEAR_COPY)
    if pairs:
        ids = [(probe[one].id, training[other].id) for one, other in pairs]
        raise SentencesRefused(
            f"{len(ids)} probe texts are near-copies of training texts, first {ids[0][0]} of {ids[0][1]}.",
            hint="take the training text out, or write the probe text anew.",
            pairs=ids,
        )
    return [
        Shortage(risk, stance, count, wanted)
        for sentences, wanted in ((training, TRAINING_PATTERNS), (probe, PROBE_PATTERNS))
        for counts in (distinct_patterns(sentences),)
        for risk in load_edition().risk_ids
        for stance in ("violation", "contrast")
        if (count := counts[risk, stance]) < wanted
    ]
