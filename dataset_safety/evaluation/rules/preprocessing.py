"""8.2.2 and 8.3.2: does every sample carry metadata and identification records?"""

from __future__ import annotations

import polars as pl

from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import GENERATED, METADATA, RIGHTS_RECORDS, RISK_RECORDS
from dataset_safety.evaluation.rules.shapes import combined, every_answer_good, named, nothing_of_kind
from dataset_safety.records import SourceKind, Verdict
from dataset_safety.standard.verdicts import VerdictValue

WRONG = frozenset({"wrong"})
RISKY_UNRECORDED = frozenset({"risk_without_record"})
GENERATION_FIELDS = ("generator_model", "generator_version", "acquired_at")
REQUIRED = {
    SourceKind.WEBSITE: ("url",),
    SourceKind.ORGANISATION: ("dataset_name", "organisation"),
    SourceKind.SERVICE_USER: ("service_name", "user_token"),
    SourceKind.SELF_PRODUCED: (),
}


def metadata_right(evidence: ReleaseEvidence) -> Verdict:
    """8.2.2 b 1: all drawn samples of each type of source carry the metadata of their kind, and it is right."""
    required = "metadata present and right for at least 100 drawn samples of each type of source"
    parts = []
    for kind, fields in REQUIRED.items():
        if evidence.counts.get(kind.value, 0):
            parts += [_present(evidence, kind, fields), _right(evidence, kind)]
    return combined("8.2.2.b.1", parts, required)


def _present(evidence: ReleaseEvidence, kind: SourceKind, fields: tuple[str, ...]) -> Verdict:
    clause = f"8.2.2.b.1.{kind.value}.present"
    required = f"{' and '.join(fields) or 'metadata'} for every drawn {kind.value} sample"
    drawn = evidence.drawn_rows(f"{METADATA}.{kind.value}", ["sample_id", "source_id", "missing"])
    lacking = drawn.filter(pl.col("missing").list.set_intersection(list(fields)).list.len() > 0) if fields else drawn.head(0)
    if lacking.height:
        sources = sorted(lacking["source_id"].unique())
        why = f"{lacking.height} of {drawn.height} drawn {kind.value} samples lack {' or '.join(fields)} ({named(sources)})"
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            why,
            required,
            f"{lacking.height} of {drawn.height} lacking",
            drawn.height,
            lacking.height,
            offenders=tuple(lacking["sample_id"].head(OFFENDERS)),
            remedy="engineers: complete source.toml or the data, so that every sample carries its metadata",
        )
    why = f"all {drawn.height} drawn {kind.value} samples carry their metadata"
    return Verdict(clause, VerdictValue.COMPLIANT, why, required, f"0 of {drawn.height} lacking", drawn.height, 0)


def _right(evidence: ReleaseEvidence, kind: SourceKind) -> Verdict:
    judged = evidence.answered(f"{METADATA}.{kind.value}", "metadata", WRONG)
    return every_answer_good(f"8.2.2.b.1.{kind.value}.right", judged, "metadata describe the drawn sample", "with wrong metadata")


def risk_records(evidence: ReleaseEvidence) -> Verdict:
    """8.2.2 b 2: all drawn samples have an identification record; a person has checked a draw as well."""
    clause, required = "8.2.2.b.2", "an identification record for every drawn sample, by keywords, models and manual checks"
    drawn = evidence.drawn_rows(RISK_RECORDS, ["sample_id", "content_sha256"])
    records = evidence.drawn_labels(RISK_RECORDS)
    matched = drawn.join(records, on=["sample_id", "content_sha256"], how="inner")
    lacking = drawn.join(matched, on="sample_id", how="anti")["sample_id"].to_list()
    value = VerdictValue.NON_COMPLIANT if lacking else VerdictValue.COMPLIANT
    why = f"{len(lacking)} drawn samples have no record" if lacking else f"all {drawn.height} drawn samples have a record"
    present = Verdict(
        f"{clause}.records",
        value if drawn.height else VerdictValue.INCOMPLETE,
        why,
        required,
        f"{matched.height} of {drawn.height}",
        drawn.height,
        len(lacking),
        offenders=tuple(lacking[:OFFENDERS]),
    )
    return combined(clause, [present, _looked_at(evidence, records), _checked_by_people(evidence)], required)


def _looked_at(evidence: ReleaseEvidence, records: pl.DataFrame) -> Verdict:
    clause, required = "8.2.2.b.2.methods", "keywords and models looked at every drawn sample"
    blind = records.filter(pl.col("looked").list.len() == 0)
    if blind.height or not records.height:
        why = f"{blind.height} of {records.height} drawn samples (pictures, sound, film) have no detector that could look"
        return Verdict(
            clause,
            VerdictValue.INCOMPLETE,
            why,
            required,
            f"{records.height - blind.height} of {records.height} looked at",
            records.height,
            blind.height,
            offenders=tuple(blind["sample_id"].head(OFFENDERS)),
            remedy="reviewers: decide held samples by hand, or plug in a model for them",
        )
    why = "keyword library and model looked at all drawn samples"
    return Verdict(clause, VerdictValue.COMPLIANT, why, required, f"{records.height} of {records.height}", records.height, 0)


def _checked_by_people(evidence: ReleaseEvidence) -> Verdict:
    judged = evidence.answered(RISK_RECORDS, "risk_record", WRONG)
    return every_answer_good("8.2.2.b.2.manual", judged, "a completed manual check of drawn samples", "with a wrong record")


def rights_records(evidence: ReleaseEvidence) -> Verdict:
    """8.2.2 b 3: drawn samples that involve risks of infringing rights have a record of it."""
    clause, required = "8.2.2.b.3", "a rights record for every drawn sample that involves a risk of infringement"
    records = evidence.drawn_labels(RIGHTS_RECORDS)
    lacking = records.filter(pl.col("rights").is_null())
    value = VerdictValue.COMPLIANT if records.height and not lacking.height else VerdictValue.INCOMPLETE
    present = Verdict(
        f"{clause}.records",
        value,
        f"{records.height - lacking.height} of {records.height} drawn samples have a rights record",
        required,
        f"{records.height - lacking.height} of {records.height}",
        records.height,
        lacking.height,
    )
    judged = evidence.answered(RIGHTS_RECORDS, "rights", RISKY_UNRECORDED)
    return combined(
        clause, [present, every_answer_good(f"{clause}.judged", judged, required, "risky without a record")], required
    )


def generated_metadata(evidence: ReleaseEvidence) -> Verdict:
    """8.3.2 b 2: drawn generated samples carry version of model or service and time of acquisition."""
    clause, required = "8.3.2.b.2", "model or service version and time of acquisition for every drawn generated sample"
    if not evidence.counts["generated"]:
        return nothing_of_kind(evidence, clause, "content made by generative models", required)
    drawn = evidence.drawn_rows(GENERATED, ["sample_id", "source_id", "missing"])
    lacking = drawn.filter(pl.col("missing").list.set_intersection(list(GENERATION_FIELDS)).list.len() > 0)
    judged = evidence.answered(GENERATED, "metadata", WRONG)
    people = every_answer_good(f"{clause}.right", judged, "metadata describe the drawn sample", "with wrong metadata")
    if lacking.height:
        sources = named(sorted(lacking["source_id"].unique()))
        why = f"{lacking.height} of {drawn.height} drawn generated samples lack version or time ({sources})"
        value = VerdictValue.NON_COMPLIANT
    else:
        why, value = f"all {drawn.height} drawn generated samples carry version and time", VerdictValue.COMPLIANT
    present = Verdict(
        f"{clause}.present",
        value,
        why,
        required,
        f"{lacking.height} of {drawn.height} lacking",
        drawn.height,
        lacking.height,
        offenders=tuple(lacking["sample_id"].head(OFFENDERS)),
        remedy="" if value.passed else "engineers: complete `[generated]` in source.toml",
    )
    return combined(clause, [present, people], required)


def generated_risk_records(evidence: ReleaseEvidence) -> Verdict:
    """8.3.2 b 4: drawn generated samples have an identification record, made by something else than their generator."""
    clause, required = "8.3.2.b.4", "an identification record for every drawn generated sample"
    if not evidence.counts["generated"]:
        return nothing_of_kind(evidence, clause, "content made by generative models", required)
    records = evidence.drawn_labels(GENERATED)
    drawn = evidence.drawn_rows(GENERATED, ["sample_id"])
    looked = records.filter((pl.col("looked").list.len() > 0) & pl.col("generated"))
    lacking = drawn.join(looked, on="sample_id", how="anti")["sample_id"].to_list()
    value = VerdictValue.NON_COMPLIANT if lacking else VerdictValue.COMPLIANT
    why = (
        f"{len(lacking)} drawn generated samples have no identification record"
        if lacking
        else f"all {drawn.height} drawn generated samples were looked at by keyword library and model, not by their generator"
    )
    return Verdict(
        clause,
        value,
        why,
        required,
        f"{drawn.height - len(lacking)} of {drawn.height}",
        drawn.height,
        len(lacking),
        offenders=tuple(lacking[:OFFENDERS]),
    )
