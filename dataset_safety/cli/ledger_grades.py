"""``dataset-safety ledger scheme | grade | grades | legal``: categories and grades of data (R.5.a, 8.1 b 1)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, stage_option, tell

if TYPE_CHECKING:
    from dataset_safety.safeguards.grading_records import Judged
    from dataset_safety.store.facade import Store

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("scheme")
@click.option("--set", "file", type=file_type, help="A TOML file with the scheme that comes into force.")
@home_option
@json_option
def scheme_verb(file: Path | None, home: Path, as_json: bool) -> None:
    """Show the grading scheme in force, or put one in force.

    Keys of the file: edition, title, approved_by, approved_on, review_days, sensitive_min; [[categories]] with id and
    title; [[grades]] from the lowest to the highest with id, level (general, important, core) and title.
    """
    from dataset_safety.safeguards.grading_records import on_record, record_scheme
    from dataset_safety.safeguards.schemes import read_scheme
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        if file is not None:
            scheme, raw = read_scheme(file)
            document = store.objects.publish_bytes(raw)
            with store.database.write() as connection:
                record_scheme(connection, scheme, document)
        with store.database.read() as connection:
            held = on_record(connection).scheme
    if as_json:
        print_json(held.model_dump(mode="json") if held else {})
        return
    if held is None:
        tell("no grading scheme yet; `dataset-safety ledger scheme --set FILE` records one")
        return
    click.echo(f"edition {held.edition}: {held.title}; approved by {held.approved_by} on {held.approved_on}")
    click.echo(f"categories: {', '.join(held.category_ids)}")
    click.echo(f"grades, rising: {', '.join(f'{grade.id} ({grade.level})' for grade in held.grades)}")
    click.echo(f"sensitive personal information: {held.sensitive_min} or higher; reviewed every {held.review_days} days")


@click.command("grade")
@click.argument("source", required=False)
@click.option("--all", "every", is_flag=True, help="Every source of the newest releases.")
@click.option("--ungraded", is_flag=True, help="Every source of the newest releases that has no grade yet.")
@click.option("--population", type=click.Choice(["P1", "P2"]), help="The newest P1 or P2 of --stage, graded anew.")
@click.option("--category", required=True, help="A category of the scheme.")
@click.option("--grade", required=True, help="A grade of the scheme.")
@click.option("--grader", required=True, help="Who decides it.")
@click.option("--basis", required=True, help="Why, in a sentence.")
@click.option("--on", "graded_on", help="Day of the decision, YYYY-MM-DD; today unless stated.")
@click.option("--reason", default="", help="Why the grade becomes lower.")
@click.option("--approver", default="", help="Who approves a lower grade; not the grader.")
@stage_option
@home_option
def grade_verb(
    source: str | None,
    every: bool,
    ungraded: bool,
    population: str | None,
    graded_on: str | None,
    stage: str | None,
    home: Path,
    **said: str,
) -> None:
    """Record category and grade of SOURCE, of many sources on one basis, or of a population."""
    from dataset_safety.safeguards import stated
    from dataset_safety.safeguards.grading_records import Judged
    from dataset_safety.store.facade import open_store

    if sum(map(bool, (source, every, ungraded, population))) != 1:
        raise click.UsageError("name a SOURCE, or give one of --all, --ungraded, --population.")
    if population and not stage:
        raise click.UsageError("--population needs --stage.")
    judged = Judged(**said, graded_on=stated.day(graded_on))
    with open_store(home) as store:
        if population and stage:
            done = [_grade_population(store, stage, population, judged)]
        else:
            done = _grade_sources(store, source, stage, ungraded, judged)
    click.echo(f"{judged.category}, {judged.grade}: {', '.join(done) or 'nothing to grade'}")


def _grade_sources(store: Store, source: str | None, stage: str | None, ungraded: bool, judged: Judged) -> list[str]:
    """All of them or none: one transaction."""
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.safeguards.grading_records import known_source, on_record, record_grade

    known = sorted({name for release in chosen_releases(store, None, stage) for name in release.sources})
    with store.database.write() as connection:
        graded = on_record(connection).standing
        chosen = [known_source(source, known)] if source else [name for name in known if not ungraded or name not in graded]
        for name in chosen:
            record_grade(connection, name, judged)
    return chosen


def _grade_population(store: Store, stage: str, name: str, judged: Judged) -> str:
    from dataset_safety.evaluation.grades import derived
    from dataset_safety.safeguards.grading import Population
    from dataset_safety.safeguards.grading_records import record_grade
    from dataset_safety.standard.stages import Stage

    population, of = Population(name), Stage(stage)
    state = derived(store, of, population)
    with store.database.write() as connection:
        record_grade(connection, population.of(of), judged, state)
    return population.of(of)


@click.command("grades")
@stage_option
@home_option
@json_option
def grades_verb(stage: str | None, home: Path, as_json: bool) -> None:
    """Show the grade of every source and population of the newest releases, and whether it holds."""
    from dataset_safety.evaluation.grades import grade_rows
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        rows = grade_rows(store, stage)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"{row['stage']:<13} {row['subject']:<24} {_told(row)}")
    if not rows:
        tell("no releases yet; `dataset-safety run --inbox DIR` makes the first")


def _told(row: dict[str, Any]) -> str:
    """A grade in a line, as far as there is one."""
    by = f"by {row['grader']} on {row['graded_on']}, scheme {row['scheme']}" if "grader" in row else ""
    legal = f"legal: {row['legal']}" if "legal" in row else ""
    return "; ".join(filter(None, (row.get("category", ""), row.get("grade", ""), by, legal, row["state"])))


@click.command("legal")
@click.argument("source")
@click.option("--decision", type=click.Choice(["permitted", "refused"]), required=True, help="What legal decided.")
@click.option("--by", required=True, help="Who decided.")
@click.option("--document", type=file_type, required=True, help="The written decision.")
@click.option("--on", "decided_on", help="Day of the decision, YYYY-MM-DD; today unless stated.")
@home_option
def legal_verb(source: str, decision: str, by: str, document: Path, decided_on: str | None, home: Path) -> None:
    """Record what legal decided about important or core data of SOURCE, which wait for it."""
    from dataset_safety.safeguards import stated
    from dataset_safety.safeguards.grading_records import record_decision
    from dataset_safety.store.facade import open_store

    day = stated.day(decided_on)
    with open_store(home) as store:
        stored = store.objects.publish_bytes(document.read_bytes())
        with store.database.write() as connection:
            record_decision(connection, source, permitted=decision == "permitted", person=by, document=stored, decided_on=day)
    click.echo(f"{source}: {decision}, document {stored[:12]}…")


VERBS: Sequence[click.Command] = (scheme_verb, grade_verb, grades_verb, legal_verb)
