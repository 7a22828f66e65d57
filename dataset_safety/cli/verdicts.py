"""``dataset-safety verdicts``: the stored verdict rows and what still blocks the export."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from dataset_safety.cli.options import (
    INCOMPLETE,
    exit_code,
    home_option,
    json_option,
    print_json,
    stage_option,
    verdict_row,
    verdict_table,
)


@click.group("verdicts", invoke_without_command=True)
@click.option("--release", help="A release id, the beginning of one, or a label; the newest of each stage unless stated.")
@home_option
@stage_option
@json_option
@click.option("--history", is_flag=True, help="Show what every release came to instead, clause by clause; ends with 0.")
@click.pass_context
def command(context: click.Context, release: str | None, home: Path, stage: str | None, as_json: bool, history: bool) -> None:
    """Show the verdicts of section 8 and what still blocks the export.

    Ends with 0 when every verdict passes, 1 when one is not compliant, 3 when one is incomplete or there are none.
    """
    if context.invoked_subcommand:
        return
    if history:
        _show_history(home, stage, as_json)
        return
    from dataset_safety.evaluation.freshness import standing
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.evaluation.pinning import pinned
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        assessed = [(one, standing(store, one), pinned(store, one)) for one in chosen_releases(store, release, stage)]
    documents, codes = [], []
    for one, assessment, pin in assessed:
        rows = list(assessment.verdicts) if assessment else []
        codes.append(exit_code(row.value for row in rows) if rows else INCOMPLETE)
        blocking = [row for row in rows if not row.value.passed]
        documents.append(
            {
                "stage": one.stage.value,
                "release": one.release_id,
                "verdicts": [verdict_row(row) for row in rows],
                "pinned_recipe": None,
                **(pin.as_dict() if pin else {}),
                "blocks_export": [{"id": row.clause, "verdict": row.value.value, "who": row.remedy} for row in blocking],
            }
        )
        if not as_json:
            verdict_table(f"{one.stage.value} · release {one.short}", rows)
            if pin:
                kept = f"keyword library {pin.library or 'none'} and model {pin.model or 'none'}"
                click.echo(f"pinned to {kept} while people judge ({pin.open_draws} draws open)")
            click.echo("\nwhat blocks the export, and who can act:" if blocking else "\nnothing blocks the export")
            for row in blocking:
                click.echo(f"  {row.clause:<12} {row.remedy or row.why}")
    if as_json:
        print_json({"releases": documents})
    elif not assessed:
        click.echo("no releases yet; `dataset-safety run --inbox DIR` makes the first")
    sys.exit(next((code for code in (4, 1, 3) if code in codes), 0 if codes else INCOMPLETE))


def _show_history(home: Path, stage: str | None, as_json: bool) -> None:
    from dataset_safety.standard.stages import Stage
    from dataset_safety.store import verdicts
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        found = {one: verdicts.history(connection, one) for one in ([Stage(stage)] if stage else Stage)}
    if as_json:
        rows = {one.value: [asdict(line) for line in lines] for one, lines in found.items()}
        print_json({"history": rows})
        return
    for one, lines in found.items():
        clauses = list(dict.fromkeys(clause for line in lines for clause in line.values))
        if lines:
            click.echo(f"{one.value}: " + ", ".join(f"{line.label or line.release_id[:12]} {line.at[:10]}" for line in lines))
        for clause in clauses:
            click.echo(f"  {clause:<12} " + "  ".join(f"{line.values.get(clause, '-'):<15}" for line in lines).rstrip())
    if not any(found.values()):
        click.echo("no release was assessed yet")


@command.command("attest")
@click.argument("clause")
@click.option("--statement", required=True, help="What is stated, in your words.")
@click.option("--signer", required=True, help="Who signs; a key of that name is made in HOME/keys at first use.")
@click.option("--release", help="A release id, the beginning of one, or a label; the newest of each stage unless stated.")
@home_option
@stage_option
def attest(clause: str, statement: str, signer: str, release: str | None, home: Path, stage: str | None) -> None:
    """State, signed, that nothing of a kind was collected or used (CLAUSE such as 8.2.1.b.4; 8.2 or 8.3 for a whole stage).

    The statement is bound to the present population and ends with it. It counts only where ledger and metadata
    say the same; evaluate again afterwards with `dataset-safety run`. LBL.documents says that an assessor has read the
    documents of annotation, edition that the values of an unverified edition were compared with the standard.
    """
    from dataset_safety.evaluation.attestation import PARAMETERS, attest_parameters, concerns
    from dataset_safety.evaluation.attestation import attest as record
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.standard import load_edition
    from dataset_safety.store.facade import open_store

    if clause == PARAMETERS:
        with open_store(home) as store:
            made = attest_parameters(store, load_edition(), statement=statement, signer=signer)
        click.echo(f"values of edition {made.subject} attested by {signer}")
        return
    with open_store(home) as store:
        fitting = [one for one in chosen_releases(store, release, stage) if concerns(clause, one.stage)]
        for one in fitting:
            made = record(store, one, clause, statement=statement, signer=signer)
            click.echo(
                f"{one.stage.value} {one.short}: {clause} attested by {signer} for population {made.content['population'][:12]}"
            )
    if not fitting:
        click.echo("no release that this clause concerns", err=True)
        sys.exit(2)
