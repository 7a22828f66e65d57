"""Evaluation verdicts (section 8): computed from evidence, stored as rows; the checks show the rows."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dataset_safety.defs.artifacts import explained, key, release_of, stage_asset
from dataset_safety.defs.workspace import RELEASES, Workspace
from dataset_safety.records import Verdict
from dataset_safety.review.address import page_address
from dataset_safety.standard import Clause, VerdictValue, check_name, load_edition
from dataset_safety.standard.stages import Stage
from dataset_safety.store import verdicts
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release

RELEASES_SHOWN = 12
FAILS = (VerdictValue.NON_COMPLIANT, VerdictValue.ERROR)


def build(stage: Stage) -> dg.Definitions:
    """The verdict asset of a stage and one check for each of its expected results."""
    asset = key(stage, "evaluation_verdicts")
    clauses = {check_name(clause.id): clause for clause in load_edition().expected_results(stage)}
    verdict_asset = stage_asset(
        stage,
        "evaluation_verdicts",
        _assess,
        deps=[key(stage, "review_decisions"), key(stage, "review_draws"), key(stage, "filtered_corpus")],
        kinds={"sqlalchemy"},
        description="Section 8: one verdict for each expected result, computed from evidence and never declared.",
    )
    specs = [
        dg.AssetCheckSpec(name, asset=asset, description=_described(clause), partitions_def=RELEASES[stage])
        for name, clause in clauses.items()
    ]

    @dg.multi_asset_check(name=f"{stage.value}_section_8", specs=specs, can_subset=True)
    def section_8(context: dg.AssetCheckExecutionContext, workspace: Workspace) -> Iterator[dg.AssetCheckResult]:
        from dataset_safety.evaluation.freshness import standing

        with explained(), workspace.opened() as store:
            release = release_of(store, context, stage)
            assessment = standing(store, release)
        found = assessment.by_clause() if assessment else {}
        for name in sorted(check.name for check in context.selected_asset_check_keys):
            clause = clauses[name]
            missing = Verdict(clause.id, VerdictValue.INCOMPLETE, "the release was not evaluated yet")
            yield as_check_result(asset, name, found.get(clause.id, missing))

    return dg.Definitions(assets=[verdict_asset], asset_checks=[section_8])


def as_check_result(asset: dg.AssetKey, name: str, verdict: Verdict) -> dg.AssetCheckResult:
    """A verdict as Dagster shows it: WARN while something is open, ERROR when a rule is broken; never text of samples."""
    metadata: dict[str, Any] = {
        "clause": verdict.clause,
        "verdict": verdict.value.value,
        "why": verdict.why,
        "required": verdict.required,
        "observed": verdict.observed or "nothing",
        "population": verdict.population,
        "review_page": dg.MetadataValue.url(page_address()),
    }
    metadata |= {name: value for name, value in (("n", verdict.n), ("k", verdict.k)) if value is not None}
    if verdict.remedy:
        metadata["what_to_do"] = verdict.remedy
    if verdict.interval:
        metadata["interval"] = f"{verdict.interval[0]:.2%} to {verdict.interval[1]:.2%} not as expected (95%)"
    if verdict.note:
        metadata["note"] = verdict.note
    if verdict.seed:
        metadata["seed"] = verdict.seed
    if verdict.offenders:
        metadata["offenders"] = dg.MetadataValue.json(list(verdict.offenders))
    if verdict.parts:
        metadata["parts"] = dg.MetadataValue.md(
            "\n".join(f"- {part.clause}: **{part.value.value}** {part.why}" for part in verdict.parts)
        )
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=verdict.value.passed,
        metadata=metadata,
        severity=dg.AssetCheckSeverity.ERROR if verdict.value in FAILS else dg.AssetCheckSeverity.WARN,
    )


def _described(clause: Clause) -> str:
    return f"{clause.id} · {clause.title_en} · {clause.title_zh}. {clause.text}"


def _assess(context: dg.AssetExecutionContext, store: Store, release: Release, workspace: Workspace) -> dict[str, object]:
    from dataset_safety.evaluation.assessment import assess_release

    made = assess_release(store, release)
    values = [verdict.value for verdict in made.verdicts]
    with store.database.read() as connection:
        history = verdicts.history(connection, release.stage)[-RELEASES_SHOWN:]
    return {
        "assessment": made.assessment,
        "population": made.population,
        "verdicts": len(values),
        **{value.value.lower(): values.count(value) for value in VerdictValue},
        "history": dg.MetadataValue.md(_history_table(history)),
    }


def _history_table(history: list[verdicts.ReleaseVerdicts]) -> str:
    """Clauses down, releases across, oldest first: words only, so that no colour is needed."""
    clauses = dict.fromkeys(clause for line in history for clause in line.values)
    heads = [f"{line.release_id[:12]} {line.at[:10]}" for line in history]
    rows = [["clause", *heads], ["---"] * (len(heads) + 1)]
    rows += [[clause, *(str(line.values.get(clause, "")) for line in history)] for clause in clauses]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)
