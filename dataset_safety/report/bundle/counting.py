"""What a public variant can still be held to: the integer rules of section 8, applied to the counts that it states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dataset_safety.evaluation.draws import share_of
from dataset_safety.evaluation.statistics import clopper_pearson
from dataset_safety.records import Verdict
from dataset_safety.report.bundle.manifest import Manifest
from dataset_safety.report.bundle.opening import Opened
from dataset_safety.report.bundle.public import PAGE, SUMMARY, flat, page
from dataset_safety.report.bundle.recomputing import Difference, Recomputed
from dataset_safety.report.bundle.tables import CSV, tables_of
from dataset_safety.standard import Edition, VerdictValue, load_edition, worst

GATES = ("8.2.3.", "8.3.3.")
MANUAL, TECHNICAL = "8.2.3.b.4.manual", "8.2.3.b.4.technical"
DECIDED = (VerdictValue.COMPLIANT, VerdictValue.NON_COMPLIANT)


def check_counts(bundle: Opened) -> Recomputed:
    """The verdicts of a public variant, and every count that contradicts them."""
    edition, document = load_edition(), bundle.json(SUMMARY)
    nodes = list(flat(document["verdicts"]))
    found = [
        Verdict(node["check"], VerdictValue(node["value"]), _counted(node), n=node["n"], k=node["k"])
        for node in document["verdicts"]
    ]
    differences = [
        *_about_manifest(bundle.manifest, document, edition),
        *(problem for node in document["verdicts"] for problem in _about_parts(node)),
        *(problem for node in nodes for problem in _about_share(node, edition)),
        *_about_draws(document, edition),
        *_about_totals(document["totals"]),
        *_about_members(bundle, document),
    ]
    return Recomputed(found, differences, document["totals"]["kept"], 0, len(document["draws"]), 0)


def _counted(node: Mapping[str, Any]) -> str:
    return "" if node["n"] is None or node["k"] is None else f"{node['k']} of {node['n']} not as expected"


def facts_of(manifest: Manifest) -> dict[str, str]:
    """What of the manifest stands on the page."""
    return {
        "overall": manifest.overall.value, "evaluated_at": manifest.evaluated_at.isoformat(timespec="seconds"),
        "release": manifest.release, "population": manifest.population,
    }  # fmt: skip


def _about_manifest(manifest: Manifest, document: Mapping[str, Any], edition: Edition) -> Iterator[Difference]:
    expected = [clause.id for clause in edition.expected_results(manifest.stage)]
    stated = [node["check"] for node in document["verdicts"]]
    if stated != expected:
        yield Difference(SUMMARY, "verdicts", f"{len(stated)}", f"{len(expected)} are expected")
    overall = worst(VerdictValue(node["value"]) for node in document["verdicts"])
    if overall is not manifest.overall:
        yield Difference("manifest.json", "overall", manifest.overall.value, overall.value)
    if document["stage"] != manifest.stage.value:
        yield Difference(SUMMARY, "stage", str(document["stage"]), manifest.stage.value)


def _about_parts(node: Mapping[str, Any]) -> Iterator[Difference]:
    """A verdict is the worst of its sub-checks."""
    if node["parts"]:
        value = worst(VerdictValue(part["value"]) for part in node["parts"])
        if value is not VerdictValue(node["value"]):
            yield Difference(node["check"], "value", node["value"], value.value)
        for part in node["parts"]:
            yield from _about_parts(part)


def _about_share(node: Mapping[str, Any], edition: Edition) -> Iterator[Difference]:
    """Shares against their thresholds, zero tolerance elsewhere in the gates, and intervals, from n and k."""
    check, value, n, k = node["check"].rpartition("/")[2], VerdictValue(node["value"]), node["n"], node["k"]
    if n is None or k is None:
        return
    percent = {MANUAL: edition.thresholds.manual_ok_pct, TECHNICAL: edition.thresholds.technical_ok_pct}.get(check)
    if not 0 <= k <= n and percent is not None:
        yield Difference(node["check"], "k", str(k), f"at most {n}")
        return
    if percent is not None and value in DECIDED:
        ruled = VerdictValue.COMPLIANT if (n - k) * 100 >= percent * n else VerdictValue.NON_COMPLIANT
        if ruled is not value:
            yield Difference(node["check"], "value", value.value, ruled.value)
    elif percent is None and check.startswith(GATES) and not _composite(node) and value is VerdictValue.COMPLIANT and k:
        yield Difference(node["check"], "value", value.value, f"{k} of {n} not as expected")
    stated = node["share_without_95"]
    if stated is not None and any(abs(one - other) > 1e-9 for one, other in zip(stated, clopper_pearson(n - k, n), strict=True)):
        yield Difference(node["check"], "interval", str(stated), str(list(clopper_pearson(n - k, n))))


def _composite(node: Mapping[str, Any]) -> bool:
    """8.2.3 b 4 takes n and k from the sub-check that decides, which may be a share."""
    return node["check"].rpartition("/")[2] in ("8.2.3.b.4", "8.3.3.b.1")


def _about_draws(document: Mapping[str, Any], edition: Edition) -> Iterator[Difference]:
    """Sizes as section 8 asks for them, census where the population is smaller."""
    limits = edition.thresholds
    for draw in document["draws"]:
        size, total = draw["size"], draw["population_size"]
        least = min(total, limits.manual_min) if draw["purpose"] == "manual" else 0
        least = share_of(total, limits.technical_min_pct) if draw["purpose"] == "technical" else least
        if not least <= size <= total or draw["census"] is not (size == total):
            yield Difference(f"draw {draw['purpose']}", "size", str(size), f"of {total}, at least {least}")


def _about_totals(totals: Mapping[str, int]) -> Iterator[Difference]:
    """Units = kept + removed + held + quarantined."""
    there = sum(totals[name] for name in ("kept", "removed", "held", "quarantined"))
    if there != totals["units"]:
        yield Difference("accounting", "units", str(totals["units"]), str(there))


def _about_members(bundle: Opened, document: Mapping[str, Any]) -> Iterator[Difference]:
    """Tables and page say the same as the summary, and nothing else is in the bundle."""
    expected = {**tables_of(document), PAGE: page(document, facts_of(bundle.manifest))}
    for name in sorted(bundle.manifest.members):
        known = name in expected or name in (SUMMARY, "README.txt", "manifest.schema.json")
        if not known or (name in expected and bundle.read(name) != expected[name]):
            yield Difference(name, "table" if name.startswith(CSV) else "member", "as in the summary", "differs")
