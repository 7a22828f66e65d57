"""8.3.2 b 3: labelled data comply with the annotation standard (GB/T 45674): what its records prove, check by check.

Each rule looks at all sources with records and at every item. What a person has to read (5: the platform, 6: the rules,
7.1: content of the exam) is one check of its own, signed by an assessor for exactly this population.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dataset_safety.collection.annotations import AnnotationRecords, Batch, Item
from dataset_safety.evaluation.attestation import LABELLING_DOCUMENTS
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.rules.shapes import combined, named, nothing_of_kind
from dataset_safety.records import Verdict
from dataset_safety.standard.verdicts import VerdictValue

SAFETY, FUNCTIONAL = "safety", "functional"


def labelling_standard(evidence: ReleaseEvidence) -> Verdict:
    """8.3.2 b 3: every check that the records of annotation allow, and the documents that an assessor reads."""
    clause, required = "8.3.2.b.3", "labelled fine-tuning data comply with GB/T 45674"
    labelled = [r.source_id for r in evidence.sources.values() if r.annotation is not None]
    if not labelled:
        return nothing_of_kind(evidence, clause, "labelled data with annotation records", required)
    rules = (certified, roles, separate_people, spot_checked, safety_reviewed, voided, enough_safety_items, safety_share)
    parts = [records_there(evidence, labelled), *(rule(evidence) for rule in rules), documents_read(evidence)]
    return combined(clause, parts, required)


def records_there(evidence: ReleaseEvidence, labelled: Sequence[str]) -> Verdict:
    """The records are there and are those that the ledger froze."""
    clause, required = "LBL.records", "records of annotation for every labelled source, as the ledger froze them"
    lacking = [name for name in labelled if name not in evidence.annotations]
    changed = [name for name, found in evidence.annotations.items() if found.changed]
    observed = f"{len(labelled) - len(lacking)} of {len(labelled)} sources with records"
    if lacking:
        why, remedy = (
            f"no records of annotation for {named(lacking)}",
            "engineers: name them in source.toml (`[annotation] records`)",
        )
        return Verdict(clause, VerdictValue.INCOMPLETE, why, required, observed, len(labelled), len(lacking), remedy=remedy)
    if changed:
        why = f"the records of {named(changed)} have changed since the ledger was frozen"
        return Verdict(clause, VerdictValue.STALE, why, required, observed, remedy="operators: run again to freeze them")
    return Verdict(clause, VerdictValue.COMPLIANT, "every labelled source has its records", required, observed, len(labelled), 0)


def certified(evidence: ReleaseEvidence) -> Verdict:
    """7.1, 7.3 f: who labelled or reviewed held a certificate on that day and had not left."""
    wrong = []
    for records, item in _items(evidence):
        acts = [(item.executor, item.executed_at), (item.reviewer, item.reviewed_at or item.executed_at)]
        if any(who and not (who in records.people and records.people[who].certified(at)) for who, at in acts):
            wrong.append(_name(records, item))
    return _census(evidence, "LBL.7.1", wrong, "people certified when they labelled or reviewed", "by somebody not certified")


def roles(evidence: ReleaseEvidence) -> Verdict:
    """7.2: executor, reviewer, arbiter and supervisor are allocated."""
    clause, wanted = "LBL.7.2", evidence.edition.thresholds.labelling_roles
    required = f"people in the roles {named(list(wanted))} for every labelled source"
    lacking = {}
    for name, records in evidence.annotations.items():
        held = {role for person in records.people.values() for role in person.roles}
        if set(wanted) - held:
            lacking[name] = sorted(set(wanted) - held)
    value = VerdictValue.NON_COMPLIANT if lacking else VerdictValue.COMPLIANT
    listed = named([f"{name} ({', '.join(missing)})" for name, missing in lacking.items()])
    why = f"nobody holds a role in {listed}" if lacking else "every role is allocated"
    total = len(evidence.annotations)
    return Verdict(clause, value, why, required, f"{len(lacking)} of {total} lacking", total, len(lacking), remedy=_remedy(value))


def separate_people(evidence: ReleaseEvidence) -> Verdict:
    """7.3 e: nobody reviews what they labelled."""
    wrong = [_name(records, item) for records, item in _items(evidence) if item.reviewer == item.executor]
    return _census(evidence, "LBL.7.3.e", wrong, "executor and reviewer are two people", "reviewed by whoever labelled them")


def spot_checked(evidence: ReleaseEvidence) -> Verdict:
    """8.2 g: every functional batch was checked by a person."""
    clause, required = "LBL.8.2.g", "a manual spot check of every functional batch"
    batches = [(records, batch) for records, batch in _batches(evidence) if batch.purpose != SAFETY]
    without = [
        f"{records.source_id}/{batch.batch}"
        for records, batch in batches
        if not any(check.batch == batch.batch for check in records.checks)
    ]
    value = VerdictValue.NON_COMPLIANT if without else VerdictValue.COMPLIANT
    why = f"no spot check of {named(without)}" if without else f"all {len(batches)} functional batches were checked"
    observed = f"{len(batches) - len(without)} of {len(batches)} checked"
    offenders = tuple(without[:OFFENDERS])
    return Verdict(clause, value, why, required, observed, len(batches), len(without), offenders=offenders, remedy=_remedy(value))


def safety_reviewed(evidence: ReleaseEvidence) -> Verdict:
    """8.3 a, b: every safety item in use passed at least one reviewer."""
    used = evidence.units_for_use
    wrong = [
        _name(records, item)
        for records, item in _items(evidence, SAFETY)
        if not (item.reviewer and item.passed) and (records.source_id, item.file, item.unit) in used
    ]
    return _census(evidence, "LBL.8.3.b", wrong, "every safety item in use passed a reviewer", "in use without having passed")


def voided(evidence: ReleaseEvidence) -> Verdict:
    """8.2 g, 8.3 c: a batch with too many failures, or with anything unlawful, is void, and nothing of it is used."""
    percent = evidence.edition.thresholds.labelling_safety_void_pct
    used = evidence.units_for_use
    void = {(records.source_id, batch.batch) for records, batch in _batches(evidence) if is_void(records, batch, percent)}
    wrong = [
        _name(records, item)
        for records, item in _items(evidence)
        if (records.source_id, item.batch) in void and (records.source_id, item.file, item.unit) in used
    ]
    required = f"nothing in use of a safety batch with more than {percent}% failing, or of an unlawful functional one"
    found = _census(evidence, "LBL.8.3.c", wrong, required, "of void batches are in use")
    return Verdict(
        found.clause, found.value, found.why, required, f"{len(void)} batches void; {found.observed}", found.n, found.k,
        offenders=found.offenders, remedy=found.remedy,
    )  # fmt: skip


def is_void(records: AnnotationRecords, batch: Batch, percent: int) -> bool:
    """Whether a batch counts for nothing: ``failing * 100 > percent * items``, or one unlawful item in a functional one."""
    if batch.purpose == SAFETY:
        items = records.items_of(batch.batch)
        return sum(item.failed for item in items) * 100 > percent * len(items)
    return any(check.batch == batch.batch and check.unlawful for check in records.checks)


def enough_safety_items(evidence: ReleaseEvidence) -> Verdict:
    """8.1 a (should): enough safety items for every risk."""
    floor = evidence.edition.thresholds.labelling_safety_per_risk_min
    counts = Counter(item.risk for _, item in _items(evidence, SAFETY) if item.risk)
    few = [risk for risk in evidence.edition.risk_ids if counts[risk] < floor]
    total = len(evidence.edition.risk_ids)
    observed = f"{total - len(few)} of {total} risks with {floor} items"
    return _should(evidence, "LBL.8.1.a", not few, f"at least {floor} safety items for every risk", observed)


def safety_share(evidence: ReleaseEvidence) -> Verdict:
    """8.1 b (should): safety items are a share of all."""
    percent = evidence.edition.thresholds.labelling_safety_share_min_pct
    safe, total = sum(1 for _ in _items(evidence, SAFETY)), sum(1 for _ in _items(evidence))
    met = safe * 100 >= percent * total
    return _should(evidence, "LBL.8.1.b", met, f"at least {percent}% safety items", f"{safe} of {total} items are safety items")


def documents_read(evidence: ReleaseEvidence) -> Verdict:
    """5, 6, 7.1: platform, rules and training are documents that an assessor reads and signs for."""
    required = "platform, annotation rules and training content read by an assessor"
    if evidence.attested(LABELLING_DOCUMENTS):
        return Verdict(LABELLING_DOCUMENTS, VerdictValue.COMPLIANT, "an assessor has read them and signed", required, "signed")
    why = "nobody has signed that platform, annotation rules and training content were read"
    remedy = f"assessor: read them, then `dataset-safety verdicts attest {LABELLING_DOCUMENTS}`"
    return Verdict(LABELLING_DOCUMENTS, VerdictValue.INCOMPLETE, why, required, "not signed", remedy=remedy)


def _items(evidence: ReleaseEvidence, purpose: str = "") -> Iterator[tuple[AnnotationRecords, Item]]:
    for records in evidence.annotations.values():
        for item in records.items:
            if not purpose or (records.batches[item.batch].purpose or FUNCTIONAL) == purpose:
                yield records, item


def _batches(evidence: ReleaseEvidence) -> Iterator[tuple[AnnotationRecords, Batch]]:
    for records in evidence.annotations.values():
        for batch in records.batches.values():
            yield records, batch


def _name(records: AnnotationRecords, item: Item) -> str:
    return f"{records.source_id}/{item.file}:{item.unit}"


def _census(evidence: ReleaseEvidence, clause: str, wrong: Sequence[str], required: str, what: str) -> Verdict:
    total = sum(1 for _ in _items(evidence))
    value = VerdictValue.NON_COMPLIANT if wrong else VerdictValue.COMPLIANT
    why = f"{len(wrong)} of {total} labelled items {what}" if wrong else f"none of {total} labelled items {what}"
    offenders = tuple(wrong[:OFFENDERS])
    return Verdict(clause, value, why, required, why, total, len(wrong), offenders=offenders, remedy=_remedy(value))


def _should(evidence: ReleaseEvidence, clause: str, met: bool, required: str, observed: str) -> Verdict:
    """A "should" only warns, unless the operator holds it as hard as a "shall"."""
    if met:
        return Verdict(clause, VerdictValue.COMPLIANT, observed, required, observed)
    if evidence.edition.thresholds.strict_should:
        return Verdict(
            clause, VerdictValue.NON_COMPLIANT, observed, required, observed, remedy=_remedy(VerdictValue.NON_COMPLIANT)
        )
    note = f"recommended and not met: {required}"
    return Verdict(clause, VerdictValue.COMPLIANT, f"{observed}, fewer than recommended", required, observed, note=note)


def _remedy(value: VerdictValue) -> str:
    return "" if value.passed else "annotation lead: label or review again, or take the items out"
