"""``dataset-safety keywords``: what the library holds, whether it is sound, and what it costs in benign text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.keywords_propose import propose
from dataset_safety.cli.keywords_refresh import VERBS
from dataset_safety.cli.options import home_option, json_option, print_json, progress_bars

if TYPE_CHECKING:
    from dataset_safety.keywords.library import Library

store_option = click.option(
    "--store",
    "stores",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A keyword folder; the bundled one unless stated. The first counts as bundled, further ones as the operator's.",
)


@click.group("keywords")
def command() -> None:
    """The keyword library of Appendix B.1."""


for verb in (*VERBS, propose):
    command.add_command(verb)


@command.command("stats")
@store_option
@home_option
@json_option
def stats(stores: tuple[Path, ...], home: Path, as_json: bool) -> None:
    """Count the active entries of the library in force by risk, language, effect and match mode."""
    from dataset_safety.keywords.refusals import lying_aside
    from dataset_safety.keywords.reviews import review_warnings
    from dataset_safety.keywords.settings import read_settings
    from dataset_safety.store.home import Home

    facts, found = _library(stores, home).stats(), Home.find(home)
    needed, reviews = read_settings(found).approvers, _reviews(home)
    aside, warnings = lying_aside(found), list(review_warnings(reviews))
    if as_json:
        more = {"approvers_required": needed, "reviews_without_change": reviews, "warnings": warnings}
        print_json({**facts, **more, "refused_files": [one.model_dump() for one in aside]})
        return
    click.echo(f"approvers required for a change: {needed}")
    click.echo(f"generation {facts['generation'][:12]}, content of {facts['updated_at']}")
    click.echo(f"{facts['total']} active entries: {facts['bundled']} bundled, {facts['operator']} of the operator")
    for title in ("by_risk", "by_language", "by_effect", "by_match_mode"):
        click.echo(f"{title}: " + ", ".join(f"{name} {n}" for name, n in facts[title].items()))
    for one in aside:
        click.echo(f"refused on {one.refused_at[:10]}, incoming/refused/{one.sha256[:12]}: {one.name!r}: {one.reason}")
    for warning in warnings:
        click.echo(f"WARNING: {warning}", err=True)


@command.command("lint")
@store_option
@json_option
def lint(stores: tuple[Path, ...], as_json: bool) -> None:
    """Check every entry against the rules of the library. Ends with 1 when an entry breaks one."""
    from dataset_safety.keywords.lint import lint as check

    report = check(_library(stores).entries)
    if as_json:
        print_json(
            {
                "active": report.active,
                "honest": report.honest,
                "honest_by_risk": report.honest_by_risk,
                "problems": [
                    {"entry": p.entry.id, "rule": p.rule, "severity": str(p.severity), "hint": p.hint} for p in report.problems
                ],
            }
        )
    else:
        for problem in report.problems:
            click.echo(f"{problem.severity} {problem.entry.id} {problem.rule}: {problem.hint}")
        click.echo(f"{report.active} active entries, {report.honest} after folding shared skeletons, {len(report.errors)} errors")
    sys.exit(1 if report.errors else 0)


@command.command("impact")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@store_option
@home_option
@json_option
def impact(files: tuple[Path, ...], stores: tuple[Path, ...], home: Path, as_json: bool) -> None:
    """Measure how much benign text the library would block: the gold sets, and FILES of benign text.

    Rows held for review count as blocked. `--json` adds the statistics of each entry: texts hit in the newest releases of
    the home, its share of benign hits, and when it was last seen.

    Ends with 1 when a set loses more than 0.5 %, or any text is rejected.
    """
    from dataset_safety.keywords.impact import gold_sets, measure_impact
    from dataset_safety.keywords.matching import KeywordDetector
    from dataset_safety.keywords.settings import read_settings
    from dataset_safety.preprocessing.scanning import texts_of
    from dataset_safety.store.home import Home

    by_sound = read_settings(Home.find(home)).homophones
    detector = KeywordDetector(_library(stores, home), homophones=by_sound)
    with progress_bars():
        every = [text for _, texts in gold_sets() for text in texts]
        found = [
            measure_impact(detector, "gold sets", every),
            *(measure_impact(detector, path.name, texts_of(path)) for path in files),
        ]
    if as_json:
        print_json({"sets": [_impact(one) for one in found], "entries": _entries(detector.library, found, home)})
    else:
        for one in found:
            click.echo(f"{one.name}: {one.texts} texts, {one.rejected} rejected, {one.held} held for review")
            for entry in one.entries[:10]:
                click.echo(f"  {entry.entry.id} {entry.entry.risks[0]}: {entry.texts} texts, {entry.alone} by it alone")
    sys.exit(0 if all(one.is_within() for one in found) else 1)


@command.command("eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--text", required=True, help="Column of the text.")
@click.option("--label", required=True, help="Column of the label.")
@click.option("--harmful", multiple=True, required=True, help="Values of the label that mean harmful; repeat for more.")
@click.option("--group", default="", help="Column to count apart, such as the topic.")
@store_option
@json_option
def evaluate(
    file: Path, text: str, label: str, harmful: tuple[str, ...], group: str, stores: tuple[Path, ...], as_json: bool
) -> None:
    """Measure recall and precision of the library on a labelled CSV file."""
    from dataset_safety.keywords.evaluating import evaluate as measure
    from dataset_safety.keywords.evaluating import read_labelled
    from dataset_safety.keywords.matching import KeywordDetector

    found = measure(
        KeywordDetector(_library(stores)), list(read_labelled(file, text=text, label=label, harmful=harmful, group=group))
    )
    document = {
        "texts": found.texts,
        "harmful": found.harmful,
        "flagged": found.flagged,
        "recall": round(found.recall, 4),
        "precision": round(found.precision, 4),
        "by_group": found.found_by_group,
        "by_risk": found.flagged_by_risk,
    }
    if as_json:
        print_json(document)
        return
    click.echo(
        f"{found.found} of {found.harmful} harmful texts flagged: recall {found.recall:.1%}, precision {found.precision:.1%}"
    )
    for name, (right, total) in found.found_by_group.items():
        click.echo(f"  {name or 'all'}: {right} of {total}")
    for risk, (right, total) in found.flagged_by_risk.items():
        click.echo(f"  {risk}: {total} flagged, {right} of them harmful")


@command.command("import")
@click.argument("draft", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--risk", required=True, help="Risk of the entries, such as A.2.e.")
@click.option("--language", required=True, help="Language of the entries, such as zh.")
@click.option("--author", required=True, help="Who wrote them.")
@click.option("--provenance", default="written for this library", show_default=True)
@click.option(
    "--store", "store", type=click.Path(file_okay=False, path_type=Path), required=True, help="Keyword folder to add them to."
)
def import_draft(draft: Path, risk: str, language: str, author: str, provenance: str, store: Path) -> None:
    """Add entries from a draft file, one a line: `part + part ~distance @effect !exception`.

    Entries that the lint refuses are named and left out. Ends with 1 when one was left out.
    """
    from dataset_safety import clock
    from dataset_safety.keywords.additions import add_draft
    from dataset_safety.keywords.importing import Origin

    added = add_draft(draft, Origin(risk, language, author, clock.today().isoformat(), provenance, bundled=False), store)
    for refused in added.refused:
        click.echo(str(refused), err=True)
    click.echo(
        f"{added.added} entries added to {store / risk / language}.tsv, {added.known} were there, {len(added.refused)} refused"
    )
    sys.exit(1 if added.refused else 0)


def _library(stores: tuple[Path, ...], home: Path | None = None) -> Library:
    """The folders stated, or the library in force in a home, or the bundled one."""
    from dataset_safety.keywords.files import read_store
    from dataset_safety.keywords.generations import active_sources
    from dataset_safety.shipping import shipped
    from dataset_safety.store.home import Home

    if stores:
        return read_store(*stores)
    bundled = shipped("keyword_store")
    return read_store(*(active_sources(Home.find(home), bundled) if home is not None else (bundled,)))


def _reviews(home: Path) -> int:
    """Reviews in a row that found nothing to change; a home that does not exist yet has none and is not made."""
    from dataset_safety.keywords.reviews import reviews_in_a_row
    from dataset_safety.store.facade import open_store

    if not (home / "safety.db").is_file():
        return 0
    with open_store(home) as store, store.database.read() as connection:
        return reviews_in_a_row(connection)


def _entries(library: Library, found: list[Any], home: Path) -> list[dict[str, Any]]:
    """Statistics of each entry; a home that does not exist yet is not made for them."""
    from contextlib import nullcontext

    from dataset_safety.keywords.statistics import entry_statistics
    from dataset_safety.store.facade import open_store

    with open_store(home) if (home / "safety.db").is_file() else nullcontext() as store:
        return [
            {
                "id": one.id,
                "risks": list(one.risks),
                "hits": one.hits,
                "benign_hits": one.benign_hits,
                "benign_share": round(one.benign_share, 4),
                "last_seen": one.last_seen,
            }
            for one in entry_statistics(library, found, store)
        ]


def _impact(found: Any) -> dict[str, Any]:
    return {
        "name": found.name,
        "texts": found.texts,
        "rejected": found.rejected,
        "held": found.held,
        "blocked_by_bundled": found.blocked_by_bundled,
        "blocked_by_operator": found.blocked_by_operator,
        "entries": [
            {"id": one.entry.id, "risks": list(one.entry.risks), "texts": one.texts, "alone": one.alone}
            for one in found.entries[:200]
        ],
    }
