"""A dataset card for the Hugging Face Hub: ``README.md`` with YAML front matter, generated from ledger and stored verdicts.

Nothing is filled in by hand, and what is not on record is said to be missing. Reasons of verdicts and names of people stay
inside: they may name what is not for the public.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dataset_safety.records import SourceKind
from dataset_safety.report.exports.facts import PublicSource, Published
from dataset_safety.report.exports.licences import card_licence
from dataset_safety.report.exports.markdown import plain, to_markdown
from dataset_safety.report.exports.oscal import concluded
from dataset_safety.report.exports.page import Block, Facts, Items, Page, Paragraph, Section, Table
from dataset_safety.report.exports.rai import limitations
from dataset_safety.report.wording import KINDS, RIGHTS, STAGES, VERDICTS, count, data_type, purpose, reason, size

DOCUMENT = "README.md"
NOT_RECORDED = "not on record"
_LETTERS = ("", "K", "M", "B", "T")


def card(facts: Published) -> str:
    """The whole file."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in front_matter(facts).items()]
    return "\n".join(["---", *lines, "---", "", to_markdown(page(facts))])


def front_matter(facts: Published) -> Mapping[str, Any]:
    """The metadata that the Hub reads; JSON values, which are YAML as well."""
    report = facts.report
    languages = sorted({name.partition(":")[2] for name in facts.types} - {"", "und"})
    found: dict[str, Any] = {"pretty_name": _title(facts), **card_licence(source.licence for source in facts.used)}
    if languages:
        found["language"] = languages
    found["size_categories"] = [size_category(facts.for_use.samples)]
    found["source_datasets"] = list(dict.fromkeys(_origin(source) for source in facts.used))
    found["tags"] = ["dataset-safety", report.stage.value.replace("_", "-"), report.edition.id]
    if facts.files:
        found["configs"] = [{"config_name": "default", "data_files": [{"split": "train", "path": "part-*.parquet"}]}]
    return found


def size_category(samples: int) -> str:
    """The Hub's category for a number of rows: ``1K<n<10K``."""
    if samples < 1000:
        return "n<1K"
    power = len(str(samples)) - 1
    if power >= 12:
        return "n>1T"
    return f"{_power(power)}<n<{_power(power + 1)}"


def _power(power: int) -> str:
    return f"{10 ** (power % 3)}{_LETTERS[power // 3]}"


def page(facts: Published) -> Page:
    """The text of the card."""
    sections = (_summary, _verdicts, _composition, _sources, _processing, _annotation, _personal, _rights, _generated, _limits)
    return Page(_title(facts), [*(make(facts) for make in sections), Section("What is not on record", list(_gaps(facts)))])


def _title(facts: Published) -> str:
    return f"{STAGES[facts.report.stage].capitalize()}, release {facts.report.release_id[:12]}"


def _origin(source: PublicSource) -> str:
    """Another data set by its name, and ``original`` for what was collected first hand."""
    return plain(source.name) if source.kind is SourceKind.ORGANISATION else "original"


def _summary(facts: Published) -> Section:
    report, use = facts.report, facts.for_use
    assessed = report.assessed.at if report.assessed else "never"
    told = "Generated from the ledger, the stored counts and the stored verdicts; nothing in it was written by hand."
    rows = [
        ("Samples for use", f"{count(use.samples)} ({size(use.size_bytes)})"),
        ("Overall verdict", f"{VERDICTS[report.overall].word} ({report.overall.value})"),
        ("Standard", f"{report.edition.title_en}, edition {report.edition.id}"),
        ("Assessed", assessed),
        ("Release", report.release_id),
        ("Population", report.population),
        ("Recipe", report.recipe),
        ("Ledger", report.ledger_digest),
    ]
    return Section("Summary", [Paragraph(told), Facts(rows)])


def _verdicts(facts: Published) -> Section:
    report = facts.report
    rows = [[row.check, row.title_en, concluded(report, row).value, _number(row.n), _number(row.k)] for row in report.results]
    blocks: list[Block] = [Table(["Clause", "Expected result", "Verdict", "Looked at", "Not as expected"], rows)]
    if report.outdated:
        blocks.insert(0, Paragraph("These verdicts were computed for another population or edition: they are outdated."))
    return Section("Verdicts", blocks)


def _composition(facts: Published) -> Section:
    rows = [[data_type(name), count(volume.samples), size(volume.size_bytes)] for name, volume in facts.types.items()]
    return Section("Composition", [_table(["Type of data", "Samples for use", "Size"], rows, "No sample is for use.")])


def _sources(facts: Published) -> Section:
    rows = [
        [
            source.name, KINDS[source.kind], source.organisation or source.url or NOT_RECORDED, source.licence or NOT_RECORDED,
            source.agreement or NOT_RECORDED, " to ".join(dict.fromkeys(source.days)) or NOT_RECORDED,
            count(source.preprocessed), count(source.for_use.samples),
        ]
        for source in facts.sources
    ]  # fmt: skip
    head = ["Source", "Kind", "From", "Licence (SPDX)", "Agreement", "Collected", "Pre-processed", "For use"]
    return Section("Sources", [_table(head, rows, "The release has no source.")])


def _processing(facts: Published) -> Section:
    report = facts.report
    reasons = [[reason(name, report.edition), count(number)] for name, number in report.reasons.items()]
    return Section(
        "Processing",
        [
            Facts([(name.capitalize(), count(number)) for name, number in report.totals.items()]),
            Facts([(f"Detector {name}", version) for name, version in sorted(report.detectors.items())]),
            _table(["Why samples are not for use", "Samples"], reasons, "Every pre-processed sample is for use."),
        ],
    )


def _annotation(facts: Published) -> Section:
    report = facts.report
    labelled = f"Sources that name records of annotation: {len(report.registers.annotation)} of {len(report.sources)}."
    rows = [
        [purpose(row.purpose), count(row.drawn), count(row.answered), count(row.disputed), count(row.doubly)]
        for row in report.sampling.progress
    ]
    people = len({person.name for person in report.sampling.people})
    judged = Paragraph(f"People who judged drawn samples: {people}.")
    head = ["Draw", "Drawn", "Answered", "Disputed", "Judged by two"]
    return Section("Annotation and review", [Paragraph(labelled), judged, _table(head, rows, "No sample was drawn.")])


def _personal(facts: Published) -> Section:
    rows = [
        [row.name.replace("_", " "), "yes" if row.sensitive else "no", *map(count, (row.found, row.kept, row.removed, row.held))]
        for row in facts.report.registers.personal
    ]
    bases = Paragraph(f"Legal bases on record: {len(facts.report.registers.bases)}.")
    head = ["Class", "Sensitive", "Found", "For use", "Removed", "Held"]
    return Section("Personal information", [bases, _table(head, rows, "The patterns in use found none.")])


def _rights(facts: Published) -> Section:
    rows = [
        [RIGHTS.get(row.status, row.status), *map(count, (row.found, row.kept, row.removed, row.held))]
        for row in facts.report.registers.rights
    ]
    head = ["Record on intellectual property", "Found", "For use", "Removed", "Held"]
    return Section("Intellectual property", [_table(head, rows, "There are no records.")])


def _generated(facts: Published) -> Section:
    rows = [
        [row.model or NOT_RECORDED, row.version or NOT_RECORDED, count(row.samples), count(row.kept)]
        for row in facts.report.registers.generated
    ]
    head = ["Model or service", "Version", "Samples", "For use"]
    return Section("Generated content", [_table(head, rows, "No sample is known to be generated.")])


def _limits(facts: Published) -> Section:
    return Section("Limits", [Items(list(limitations(facts)))])


def _gaps(facts: Published) -> Iterator[Block]:
    """What the card would hold if the ledger had it."""
    lacking = {
        "a licence that SPDX knows": [source for source in facts.used if not source.licence],
        "an agreement": [source for source in facts.used if not source.agreement],
        "the time of collection": [source for source in facts.used if not source.days],
    }
    rows = [[what, count(len(found)), ", ".join(source.name for source in found)] for what, found in lacking.items() if found]
    yield _table(["Not on record", "Sources", "Which"], rows, "Every source states licence, agreement and time of collection.")
    yield Paragraph("Creator, contact, citation, address of the data set and intended uses are not in the ledger.")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], otherwise: str) -> Block:
    return Table(head, rows) if rows else Paragraph(otherwise)


def _number(number: int | None) -> str:
    return count(number) if number is not None else ""
