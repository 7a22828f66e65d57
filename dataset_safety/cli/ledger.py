"""``dataset-safety ledger``: releases, their sources and what is missing; documents, legal bases and grades are added here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from dataset_safety.cli.ledger_grades import VERBS
from dataset_safety.cli.options import home_option, json_option, print_json, stage_option


@click.group("ledger")
def command() -> None:
    """The source ledger of 6.1: what is known of every source, and what is missing."""


for verb in VERBS:
    command.add_command(verb)


@command.command("list")
@home_option
@stage_option
@json_option
def listing(home: Path, stage: str | None, as_json: bool) -> None:
    """List the releases, newest first."""
    from dataset_safety.standard.stages import Stage
    from dataset_safety.store import releases
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        rows = releases.listing(connection, Stage(stage) if stage else None)
    if as_json:
        print_json([{"release": name, "stage": of.value, "label": label, "created_at": at} for name, of, label, at in rows])
        return
    for name, of, label, at in rows:
        click.echo(f"{name[:16]}  {of.value:<13} {at[:19]}  {label or ''}")
    if not rows:
        click.echo("no releases yet; `dataset-safety run --inbox DIR` makes the first")


@command.command("show")
@click.argument("release", required=False)
@home_option
@stage_option
@json_option
def show(release: str | None, home: Path, stage: str | None, as_json: bool) -> None:
    """Show the sources of a release (the newest unless named) with the facts that are missing."""
    from dataset_safety.evaluation.ledger import ledger_rows
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        ledgers = ledger_rows(store, release, stage)
    if as_json:
        print_json(ledgers)
        return
    for ledger in ledgers:
        click.echo(f"{ledger['stage']} · release {ledger['release'][:12]} · {len(ledger['sources'])} sources")
        for source in ledger["sources"]:
            click.echo(
                f"\n  {source['source_id']} ({source['kind']}) {source['title']}: "
                f"{source['shards']} files, {source['bytes']:,} bytes"
            )
            for gap in source["missing"]:
                click.echo(f"    {gap['clause']:<10} {gap['key']}: {gap['remedy']}")
    if not ledgers:
        click.echo("no releases yet; `dataset-safety run --inbox DIR` makes the first")


@command.command("add-document")
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--inbox", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True, envvar="DATASET_SAFETY_INBOX"
)
@stage_option
def add_document(source: str, file: Path, inbox: Path, stage: str | None) -> None:
    """Copy an agreement document beside a source's data and name it, with its hash, in source.toml.

    SOURCE is a source id. The next run freezes a new release that carries the document; shards whose data did
    not change are not read again.
    """
    from dataset_safety.collection.paperwork import add_agreement_document

    added = add_agreement_document(inbox, source, file, stage)
    click.echo(f"{added.source_toml}: [agreement] document = {added.document!r}, sha256 = {added.sha256[:12]}…")


@command.command("add-basis")
@click.argument("source")
@click.option(
    "--class", "classes", multiple=True, required=True, help="Class of personal information, such as email; repeat for more."
)
@click.option("--basis", required=True, help="consent, separate_consent, or a case of PIPL Art. 13(1).")
@click.option(
    "--document", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True, help="The document that proves it."
)
@click.option("--valid-until", help="Last day of validity, YYYY-MM-DD.")
@home_option
def add_basis(source: str, classes: tuple[str, ...], basis: str, document: Path, valid_until: str | None, home: Path) -> None:
    """Record the legal basis for using personal information of a source (6.3 a, 6.3 b)."""
    from dataset_safety.privacy.bases import record_basis
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        stored = store.objects.publish_bytes(document.read_bytes())
        facts: dict[str, Any] = {"classes": list(classes), "basis": basis, "document": stored, "valid_until": valid_until}
        with store.database.write() as connection:
            record_basis(connection, source, classes=classes, basis=basis, document=stored, valid_until=valid_until)
    click.echo(json.dumps(facts, ensure_ascii=False))
