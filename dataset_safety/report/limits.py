"""T13: what this report cannot say: unverified clauses, what no detector looked at, and readings that were chosen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dataset_safety.records import Method, Outcome
from dataset_safety.report.populations import Tally
from dataset_safety.report.tables import Interpretation, ModelCard, ShareOf
from dataset_safety.standard import Edition

UNDETERMINED, OTHER = "text:und", "other"
METHODS = {
    Method.KEYWORD: "the keyword library",
    Method.MODEL: "the classification models",
    Method.PATTERN: "patterns for personal information",
}
UNSEEN = "not identified: no detector could look (image, sound, film, undecodable)"

INTERPRETATIONS: Sequence[Interpretation] = (
    Interpretation("8.2.3 a 4", "“All data”: as collected, pre-processed or for use?", "for use (P2); risk in P1 stands too"),
    Interpretation("8.2.2 a 1", "“Each type of data source”: kinds or every single source?", "kinds of source, each with a draw"),
    Interpretation("8.2.3 a 4, b 4", "Keywords and model on the 10 %, or one of them?", "both; what either flags counts as risk"),
    Interpretation("8.2.3 b 4", "Is every keyword hit risk content?", "in the audit yes, until a person clears it"),
    Interpretation("8.2.3 b 3", "“Do not involve” or “free of” infringement?", "no infringing sample; risky but cleared passes"),
    Interpretation("8.2.2 b 3", "Does a sample without risk need a record on rights?", "no, but every sample gets one"),
    Interpretation("8.2.3 b 1, b 2", "Consent and, or consent or, another basis of law?", "or, as in 6.3 b"),
    Interpretation("8.2.1 b 1", "“Valid” agreement: when?", "when acquired and when assessed, or use survives its end"),
    Interpretation("6.1 a 3", "An authorisation that is taken back later?", "future use ends; past use stays lawful"),
    Interpretation("6.1 b", "“Multiple” sources", "at least two legal entities, registrable domains or services"),
    Interpretation("6.2 b", "“Methods such as”: one or all of them?", "keywords, model, and people on a random draw"),
    Interpretation("8.3.3 b 2", "“Consistent”: by risk or as yes and no?", "as yes and no; the risks stand beside it"),
    Interpretation("8.3.2 a 2, a 4", "A draw of all data may hold no generated sample", "a draw of generated samples of its own"),
    Interpretation("8.2.3 a 4, 8.3.3 a 2", "4,000 once, or for each stage?", "for each stage"),
    Interpretation("8 a", "Fewer samples than a draw asks for", "all of them (census), printed as a deviation"),
    Interpretation("B.1", "“Should” and “shall”", "should warns, shall decides; a strict setting treats both alike"),
    Interpretation("B.2", "“Complete coverage”", "a label map is a claim; coverage is measured on unseen texts"),
)


def shares(total: Tally, languages: Sequence[str]) -> Iterator[ShareOf]:
    """Shares of P1 that no detector looked at, or whose language or type nobody knows; ``languages`` are the measured ones."""
    n = total.samples
    by_type: dict[str, int] = {}
    for (data_type, _), volume in total.preprocessed.items():
        by_type[data_type] = by_type.get(data_type, 0) + volume.samples
    measured = {f"text:{language}" for language in languages}
    elsewhere = sum(k for name, k in by_type.items() if name.startswith("text:") and name not in {*measured, UNDETERMINED})
    yield ShareOf("type of data not recognised", by_type.get(OTHER, 0), n)
    yield ShareOf("text whose language could not be told", by_type.get(UNDETERMINED, 0), n)
    yield ShareOf("text in languages for which no model was measured", elsewhere, n)
    yield ShareOf(UNSEEN, total.outcomes[Outcome.NOT_IDENTIFIED], n)
    for method, word in METHODS.items():
        yield ShareOf(f"looked at by {word}", total.looked[method], n)


def coverage(edition: Edition, cards: Sequence[ModelCard]) -> dict[str, list[str]]:
    """Risks by the best measured status over all models; a risk that no card names is unproven."""
    order = ("measured-ok", "measured-weak", "unproven")
    best: dict[str, str] = {}
    for card in cards:
        for row in card.rows:
            best[row.risk] = min(best.get(row.risk, order[-1]), row.status, key=order.index)
    return {status: [risk for risk in edition.risk_ids if best.get(risk, order[-1]) == status] for status in order}


def unverified(edition: Edition) -> str:
    """What of the edition was not read in the standard's own text."""
    if edition.verified:
        return f"All clauses of edition {edition.id} ({edition.status}) were read in its own text; none is unverified."
    return f"Edition {edition.id} ({edition.status}) is not verified: its values were not read in the standard's own text."
