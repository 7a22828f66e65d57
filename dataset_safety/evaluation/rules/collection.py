"""8.2.1 and 8.3.1: are the sources recorded, lawful, several, and consistent with their addresses?"""

from __future__ import annotations

import polars as pl

from dataset_safety.collection.agreements import REVIEW_OUTDATED
from dataset_safety.evaluation.evidence import OFFENDERS, ReleaseEvidence
from dataset_safety.evaluation.reviewing import METADATA
from dataset_safety.evaluation.rules.shapes import combined, every_answer_good, named, nothing_of_kind
from dataset_safety.records import SourceKind, Verdict
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.usage.sources import bar

PARTNERS = frozenset({"contract", "cooperation", "purchase"})
INCONSISTENT = frozenset({"inconsistent"})


def sources_recorded(evidence: ReleaseEvidence) -> Verdict:
    """8.2.1 b 1: records of every source, with what its kind asks for."""
    parts = [web_addresses(evidence), organisations(evidence), service_users(evidence), ledger_complete(evidence)]
    return combined("8.2.1.b.1", parts, "every source recorded with what 6.1 a asks of its kind, valid and complete")


def web_addresses(evidence: ReleaseEvidence) -> Verdict:
    """R.6.1.a.1: the address of each web page."""
    clause, required = "8.2.1.b.1.web", "every web sample with the address of its page"
    rows = evidence.missing_by_source
    without = {source: n for source, name, n in rows.iter_rows() if name == "url"}
    total = evidence.counts.get("website", 0)
    if without:
        why = f"page addresses are missing in {named([f'{source} ({n} samples)' for source, n in without.items()])}"
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            why,
            required,
            f"{sum(without.values())} of {total} without address",
            total,
            sum(without.values()),
            offenders=tuple(without)[:OFFENDERS],
            remedy="engineers: collect the data again with its addresses, or name the field in source.toml (`[fields] url`)",
        )
    return Verdict(
        clause, VerdictValue.COMPLIANT, "every web sample carries its address", required, f"0 of {total} without", total, 0
    )


def organisations(evidence: ReleaseEvidence) -> Verdict:
    """R.6.1.a.2: dataset, organisation, and a valid agreement that covers training."""
    clause, required = "8.2.1.b.1.org", "dataset name, organisation and a valid agreement document for every organisation source"
    records = evidence.sources_of(SourceKind.ORGANISATION)
    found = {r.source_id: [g for g in evidence.gaps[r.source_id] if g.clause.startswith("6.1.a.2")] for r in records}
    lacking = {source: gaps for source, gaps in found.items() if gaps}
    if not lacking:
        why = "every organisation source has its names and a valid agreement"
        return Verdict(clause, VerdictValue.COMPLIANT, why, required, f"0 of {len(records)} lacking", len(records), 0)
    undocumented = [source for source, gaps in lacking.items() if any(gap.key.startswith("agreement") for gap in gaps)]
    others = [source for source in lacking if source not in undocumented]
    reasons = []
    if undocumented:
        reasons.append(f"no valid agreement document for {len(undocumented)} organisation sources: {named(undocumented, 30)}")
    if others:
        reasons.append(f"facts missing for {named(others, 30)}")
    barred = [r.source_id for r in records if bar(r)]
    if barred:
        reasons.append(f"the agreement does not permit training (expired or out of scope): {named(barred, 30)}")
    return Verdict(
        clause,
        VerdictValue.NON_COMPLIANT,
        "; ".join(reasons),
        required,
        f"{len(lacking)} of {len(records)} lacking",
        len(records),
        len(lacking),
        offenders=tuple(lacking)[:OFFENDERS],
        remedy="legal: add each document with `dataset-safety ledger add-document SOURCE FILE`",
    )


def service_users(evidence: ReleaseEvidence) -> Verdict:
    """R.6.1.a.3: service, user and an authorisation in force; nothing of a revoked user in P2."""
    clause, required = "8.2.1.b.1.user", "service name, user and a valid authorisation for every sample from a service user"
    total = evidence.counts.get("service_user", 0)
    revoked = evidence.revoked_for_use
    if revoked:
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            f"{len(revoked)} samples of P2 come from users who have revoked their authorisation",
            required,
            f"{len(revoked)} of {total} revoked",
            total,
            len(revoked),
            offenders=tuple(revoked[:OFFENDERS]),
            remedy="operators: run again, which takes their samples out of P2",
        )
    gaps = [
        r.source_id
        for r in evidence.sources_of(SourceKind.SERVICE_USER)
        if any(gap.clause.startswith("6.1.a.3") for gap in evidence.gaps[r.source_id])
    ]
    without = {source: n for source, name, n in evidence.missing_by_source.iter_rows() if name in ("user_token", "service_name")}
    offenders = tuple(sorted({*gaps, *without}))
    if offenders:
        why = f"users, service or authorisation records are missing in {named(offenders)}"
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            why,
            required,
            f"{len(offenders)} sources lacking",
            total,
            len(offenders),
            offenders=offenders,
            remedy="engineers: name the authorisation records in source.toml (`[authorisation] records`)",
        )
    why = "every sample of a service user names user and service; unauthorised and revoked users are kept out of P2"
    return Verdict(clause, VerdictValue.COMPLIANT, why, required, f"{total} samples, none lacking", total, 0)


def ledger_complete(evidence: ReleaseEvidence) -> Verdict:
    """8.2.1 a 1: each shard joins exactly one ledger row (census)."""
    clause, required = "8.2.1.b.1.complete", "every file of the release belongs to one source of the ledger"
    orphans = sorted({shard.source_id for shard in evidence.release.shards} - set(evidence.sources))
    total = len(evidence.release.shards)
    value = VerdictValue.NON_COMPLIANT if orphans else VerdictValue.COMPLIANT
    why = (
        f"files without a ledger row: {named(orphans)}"
        if orphans
        else f"all {total} files join one of {len(evidence.sources)} ledger rows"
    )
    return Verdict(
        clause, value, why, required, f"{len(orphans)} of {total} orphaned", total, len(orphans), offenders=tuple(orphans)
    )


def several_sources(evidence: ReleaseEvidence) -> Verdict:
    """8.2.1 b 2: data of the same type come from several sources."""
    clause, minimum = "8.2.1.b.2", evidence.edition.thresholds.min_sources_per_type
    required = f"at least {minimum} distinct sources for each type of data (code, image, audio, video, text by language)"
    by_type = evidence.source_keys_by_type
    single = {kind: sorted(keys) for kind, keys in sorted(by_type.items()) if len(keys) < minimum}
    observed = ", ".join(f"{kind}: {len(keys)}" for kind, keys in sorted(by_type.items()))
    if not by_type:
        return Verdict(clause, VerdictValue.INCOMPLETE, "no sample was read", required, "no data")
    if single:
        listed = [f"{kind} ({', '.join(keys) or 'origin unknown'})" for kind, keys in single.items()]
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            f"too few sources for {named(listed, 40)}",
            required,
            observed,
            len(by_type),
            len(single),
            offenders=tuple(single)[:OFFENDERS],
            remedy="engineers: add a second source for these types of data, or leave them out",
        )
    return Verdict(clause, VerdictValue.COMPLIANT, "every type of data has several sources", required, observed, len(by_type), 0)


def addresses_consistent(evidence: ReleaseEvidence) -> Verdict:
    """8.2.1 b 3: sampled web data agree with their recorded addresses."""
    clause, required = "8.2.1.b.3", "every sampled web sample consistent with its recorded address"
    if not evidence.counts.get("website", 0) and not evidence.sources_of(SourceKind.WEBSITE):
        return nothing_of_kind(evidence, clause, "web data", required)
    if not evidence.sources_of(SourceKind.WEBSITE):
        return _web_without_ledger(evidence, clause, required)
    drawn = evidence.drawn_rows(f"{METADATA}.website", ["sample_id", "url", "payload_digest"])
    without = drawn.filter(drawn["url"].is_null())["sample_id"].to_list()
    if without:
        why = f"{len(without)} of {drawn.height} drawn web samples have no address to be consistent with"
        recorded = Verdict(
            f"{clause}.recorded",
            VerdictValue.NON_COMPLIANT,
            why,
            required,
            f"{len(without)} of {drawn.height} without address",
            drawn.height,
            len(without),
            offenders=tuple(without[:OFFENDERS]),
            remedy="engineers: collect the data again with its addresses",
        )
    else:
        recorded = Verdict(
            f"{clause}.recorded",
            VerdictValue.COMPLIANT,
            "all drawn web samples carry an address",
            required,
            f"{drawn.height} of {drawn.height}",
            drawn.height,
            0,
        )
    judged = evidence.answered(f"{METADATA}.website", "url_consistent", INCONSISTENT)
    return combined(
        clause, [recorded, every_answer_good(f"{clause}.judged", judged, required, "inconsistent with the address")], required
    )


def _web_without_ledger(evidence: ReleaseEvidence, clause: str, required: str) -> Verdict:
    """Web data that no source of the ledger accounts for; no attestation can make them go away (clauses 1.3)."""
    rows = evidence.populations.p1.filter(pl.col("origin_kind") == SourceKind.WEBSITE.value).select("sample_id").collect()
    return Verdict(
        clause,
        VerdictValue.NON_COMPLIANT,
        f"{rows.height} samples are web data, and the ledger has no web source",
        required,
        f"{rows.height} web samples, 0 web sources",
        rows.height,
        rows.height,
        offenders=tuple(rows["sample_id"].head(OFFENDERS)),
        remedy="engineers: record the web source in the ledger, or leave the data out",
    )


def partners_reviewed(evidence: ReleaseEvidence) -> Verdict:
    """8.2.1 b 4: data, commitments and materials of each partner were reviewed."""
    clause, required = (
        "8.2.1.b.4",
        "review records of data, commitments and materials for every transaction or cooperation partner",
    )
    partners = [r for r in evidence.sources.values() if r.agreement is not None and r.agreement.kind in PARTNERS]
    if not partners:
        return nothing_of_kind(evidence, clause, "data from transaction or cooperation partners", required)
    lacking = [r.source_id for r in partners if any(gap.clause.startswith("6.1.d") for gap in evidence.gaps[r.source_id])]
    observed = f"{len(partners) - len(lacking)} of {len(partners)} reviewed"
    if lacking:
        whys = {gap.why for name in lacking for gap in evidence.gaps[name] if gap.clause.startswith("6.1.d")}
        outdated = whys == {REVIEW_OUTDATED}
        return Verdict(
            clause,
            VerdictValue.STALE if outdated else VerdictValue.NON_COMPLIANT,
            f"data were delivered after the review of {named(lacking, 30)}"
            if outdated
            else f"review records are missing or did not pass for {named(lacking, 30)}",
            required,
            observed,
            len(partners),
            len(lacking),
            offenders=tuple(lacking)[:OFFENDERS],
            remedy="legal: record the three reviews in source.toml (`[[reviews]]`)",
        )
    return Verdict(clause, VerdictValue.COMPLIANT, "all partners have the three reviews", required, observed, len(partners), 0)


def generated_recorded(evidence: ReleaseEvidence) -> Verdict:
    """8.3.1 b 2: generated content has model or service version and time of acquisition on record."""
    clause, required = "8.3.1.b.2", "model or service, its version and the time of acquisition for all generated content"
    total = evidence.counts["generated"]
    if not total:
        return nothing_of_kind(evidence, clause, "content made by generative models", required)
    fields = ("generator_model", "generator_version", "acquired_at")
    lacking: dict[str, list[str]] = {}
    for source, name, _ in evidence.missing_by_source.iter_rows():
        if name in fields:
            lacking.setdefault(source, []).append(name)
    if lacking:
        listed = [f"{source} ({', '.join(names)})" for source, names in lacking.items()]
        return Verdict(
            clause,
            VerdictValue.NON_COMPLIANT,
            f"generated content without its facts: {named(listed, 30)}",
            required,
            f"{len(lacking)} sources lacking",
            total,
            len(lacking),
            offenders=tuple(lacking)[:OFFENDERS],
            remedy="engineers: state `[generated] version` and `acquired_at` in source.toml, or leave the data out",
        )
    return Verdict(clause, VerdictValue.COMPLIANT, "all generated content has its facts", required, f"{total} samples", total, 0)
