"""The fields of Croissant's responsible AI vocabulary that stored counts and the ledger answer; the others stay away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dataset_safety.evaluation.reviewing import HELD
from dataset_safety.report.exports.facts import Published
from dataset_safety.report.exports.markdown import plain
from dataset_safety.report.wording import KINDS

COLLECTED = {
    "website": "Web Scraping",
    "organisation": "Secondary Data Analysis",
    "service_user": "User-Generated Content",
    "self_produced": "Direct Measurement",
}


def fields(facts: Published) -> dict[str, Any]:
    """``rai:`` properties by name; nothing is there that nothing on record supports."""
    found: dict[str, Any] = {
        "rai:dataCollection": "; ".join(_collection(facts)),
        "rai:dataCollectionType": sorted({COLLECTED[source.kind] for source in facts.used}),
        "rai:dataCollectionMissingData": "; ".join(_missing(facts)),
        "rai:dataCollectionTimeFrame": [f"{day}T00:00:00+00:00" for day in dict.fromkeys((*facts.days[:1], *facts.days[-1:]))],
        "rai:dataPreprocessingProtocol": list(_processing(facts)),
        "rai:dataAnnotationProtocol": list(_protocol(facts)),
        "rai:dataAnnotationAnalysis": list(_analysis(facts)),
        "rai:annotationsPerItem": _per_item(facts),
        "rai:machineAnnotationTools": [f"{name} {plain(version)}" for name, version in sorted(facts.report.detectors.items())],
        "rai:personalSensitiveInformation": list(_personal(facts)),
        "rai:dataBiases": list(_biases(facts)),
        "rai:dataLimitations": list(limitations(facts)),
    }
    return {name: value for name, value in found.items() if value}


def limitations(facts: Published) -> Iterator[str]:
    """What a user of the data has to know: what nobody looked at, what was not verified, which verdicts do not pass."""
    report = facts.report
    yield report.limits.unverified
    yield report.edition.scope_note
    for share in report.limits.shares:
        yield f"{share.what}: {share.k} of {share.n} pre-processed samples"
    for status, risks in report.limits.coverage.items():
        yield f"risks whose detection by model is {status}: {', '.join(risks) or 'none'}"
    closed = [f"{row.check} {row.value.value}" for row in report.closed]
    if report.outdated:
        yield "the verdicts were computed for another population or edition than the one described here"
    if closed:
        yield f"expected results that do not pass: {'; '.join(closed)}"


def _collection(facts: Published) -> Iterator[str]:
    for source in facts.used:
        yield f"{KINDS[source.kind]}: {plain(source.name)}, {source.for_use.samples} samples for use"


def _missing(facts: Published) -> Iterator[str]:
    for source in facts.report.sources:
        for fact, count in source.missing.items():
            yield f"{plain(source.source_id)}: samples without {fact}: {count}"


def _processing(facts: Published) -> Iterator[str]:
    report = facts.report
    yield "; ".join(f"{name} {number}" for name, number in report.totals.items())
    yield "every sample is identified against the 29 risks of Appendix A, personal information and intellectual property"
    for reason, count in report.reasons.items():
        yield f"not for use, {plain(reason)}: {count}"


def _protocol(facts: Published) -> Iterator[str]:
    for row in facts.report.sampling.draws:
        kind = "queue of held samples" if row.draw.purpose == HELD else "census" if row.draw.census else "random draw"
        size = f"{row.draw.size} of {row.draw.population_size} samples"
        yield f"{plain(row.draw.purpose)}: {kind}, {size}, by {plain(row.draw.algorithm)}, seed {plain(row.draw.seed)}"


def _analysis(facts: Published) -> Iterator[str]:
    for row in facts.report.sampling.progress:
        counts = f"{row.drawn} drawn, {row.answered} answered, {row.disputed} disputed, {row.doubly} judged twice"
        yield f"{plain(row.purpose)}: {counts}"
    for share in facts.report.sampling.shares:
        told = f"{share.check}: {share.k} of {share.n} not as expected, {share.value.value}"
        yield f"{told}, as expected {share.interval[0]:.5f} to {share.interval[1]:.5f} (95 %)" if share.interval else told


def _per_item(facts: Published) -> str:
    rows = facts.report.sampling.progress
    doubly, judged = sum(row.doubly for row in rows), sum(row.answered + row.disputed for row in rows)
    return f"{doubly} of {judged} judged samples were judged by two people or more, the others by one" if judged else ""


def _personal(facts: Published) -> Iterator[str]:
    for row in facts.report.registers.personal:
        kind = "sensitive personal information" if row.sensitive else "personal information"
        yield f"{kind}, {plain(row.name)}: samples {row.found}, of these for use {row.kept}"
    if not facts.report.registers.personal:
        yield "no class of personal information was found by the patterns in use"


def _biases(facts: Published) -> Iterator[str]:
    """Discrimination (A.2) as identified; what no detector looks for is not measured."""
    counts: dict[str, int] = {}
    for found in facts.report.risks.found.values():
        for risk, count in found.items():
            if risk.startswith("A.2."):
                counts[risk] = counts.get(risk, 0) + count
    for risk, count in sorted(counts.items()):
        yield f"{facts.report.edition.risk(risk).title_en}: identified pre-processed samples {count}"
    languages = ", ".join(f"{name} {volume.samples}" for name, volume in facts.types.items())
    yield f"samples for use by type of data: {languages or 'none'}; other imbalances were not measured"
