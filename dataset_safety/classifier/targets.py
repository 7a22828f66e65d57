"""What the classifier has to reach, beside what it reaches (B.2): one line a figure of ``classifier eval``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["SPEED", "Target", "lines", "targets"]

SPEED = "python -m dataset_safety_tests.benchmarks.classifier"
"""Prints speed (at least 20 MB a CPU-second, one thread, 29 outputs) and memory (under 150 MB); it needs a quiet machine."""
KINDS = ("contrast_counter_speech", "contrast_negation", "contrast_quotation", "counter_speech")


@dataclass(frozen=True, slots=True)
class Target:
    """One figure; ``value`` is None where the texts to measure it on are not there. ``counts`` says what it rests on."""

    name: str
    value: float | None
    wanted: float
    at_most: bool = False
    counts: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the figure is as wanted; None when it was not measured."""
        if self.value is None:
            return None
        return self.value <= self.wanted if self.at_most else self.value >= self.wanted

    def document(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self) | {"met": self.met}


def targets(found: Mapping[str, Any]) -> list[Target]:
    """The figures of :func:`dataset_safety.classifier.evaluating.evaluate` in the order in which they are asked for."""
    return [*_clean(found), *_probe(found["probe"]), *_sets(found), *_stance(found["stance"])]


def _clean(found: Mapping[str, Any]) -> list[Target]:
    whole = next(one for one in found["clean"] if one["source"] == "(all)")
    documents = whole["documents"]
    review, reject = whole["review"] + whole["reject"], whole["reject"]
    return [
        Target("clean documents for review, any risk", _share(review, documents), 0.01, True, f"{review}/{documents}"),
        Target("clean documents rejected, any risk", _share(reject, documents), 0.001, True, f"{reject}/{documents}"),
    ]


def _probe(summary: Mapping[str, Any]) -> list[Target]:
    joint, alone, probed = (summary[name] for name in ("with_keywords_and_patterns", "models_alone", "risks_probed"))
    ok, weak = joint["measured-ok"], joint["measured-weak"]
    models = f"models alone {alone['measured-ok']} ok, {alone['measured-weak']} weak, {alone['unproven']} unproven"
    over = f"{probed} risks"
    return [
        Target("probe: mean AUC against clean text, model alone", summary["mean_auc_clean"], 0.90, counts=over),
        Target("probe: mean AUC against contrasts, model alone", summary["mean_auc_contrasts"], 0.65, counts=over),
        Target("risks measured-ok with keywords and patterns", ok, 8, counts=models),
        Target("risks measured-ok or -weak with keywords and patterns", ok + weak, 22, counts=models),
    ]


def _sets(found: Mapping[str, Any]) -> list[Target]:
    cold, davidson = found["cold_train_alone_on_cold_dev"], found["davidson_fifth_left_out"]
    topics = ", ".join(f"{topic} {value:.3f}" for topic, value in cold.items() if topic != "all")
    rows = f"{davidson['hate']} hate, {davidson['neither']} neither"
    return [
        Target("COLD train alone on COLD dev: AUC", cold["all"], 0.94, counts=f"within topic: {topics}"),
        Target("Davidson, hate against neither in the fifth left out: AUC", davidson["auc"], 0.90, counts=rows),
    ]


def _stance(groups: Mapping[str, Any]) -> list[Target]:
    """Kinds of contrast against half of what the violations are flagged at, and safe how-to questions."""
    violations = groups["violations"]
    rows = []
    for kind in (*KINDS, "technical_howto"):
        one = groups.get(kind, {"k": 0, "n": 0})
        wanted = 0.10 if kind == "technical_howto" else round(_share(violations["k"], violations["n"] or 1) or 0.0, 4) / 2
        said = f"{one['k']}/{one['n']}" + (
            "" if kind == "technical_howto" else f", violations {violations['k']}/{violations['n']}"
        )
        rows.append(Target(f"flagged: {kind.replace('_', ' ')}", _share(one["k"], one["n"]), wanted, True, said))
    return rows


def _share(k: int, n: int) -> float | None:
    return round(k / n, 5) if n else None


def lines(reached: Sequence[Target], found: Mapping[str, Any]) -> list[str]:
    """The figures for a terminal, then false alarms by source."""
    words = {True: "reached", False: "MISSED", None: "not measured"}
    told = []
    for one in reached:
        value = "-" if one.value is None else f"{one.value:.4g}"
        told.append(
            f"{words[one.met]:<13}{one.name:<60}{value:>8} {'<=' if one.at_most else '>='} {one.wanted:<7.4g} {one.counts}"
        )
    told += ["", "clean text by source: noted, for review, rejected of documents"]
    told += [
        f"  {one['source']:<34}{one['noted']:>5}{one['review']:>5}{one['reject']:>5} of {one['documents']}"
        for one in found["clean"]
    ]
    told += ["", "COLD dev by the models, each topic with its own risk"]
    told += [
        f"  {name:<26}AUC {one['auc']:.3f}, flagged {one['flagged']}, contrasts {one['contrasts_flagged']}"
        for name, one in found["models_on_cold_dev"].items()
    ]
    return [*told, "", f"speed and memory: {SPEED}"]
