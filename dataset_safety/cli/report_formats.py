"""``dataset-safety report --as FORMAT``: the report of a release in the forms that others read."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any, cast

import click

from dataset_safety.cli.options import Command, print_json, tell
from dataset_safety.report.exports.formats import Format

OTHER_OUTPUTS = ("bundle", "key", "public", "pdf")


def with_formats(command: Command) -> Command:
    """Add ``--as`` and ``--out`` to the report; without ``--as`` the command is what it was."""

    @functools.wraps(command)
    def either(form: str | None, out: Path | None, **options: Any) -> None:
        if form is None:
            if out is not None:
                raise click.UsageError("--out belongs to --as.")
            command(**options)
            return
        if any(options[name] for name in OTHER_OUTPUTS):
            raise click.UsageError("--as goes with --release, --stage and --out only.")
        _write(Format(form), out, options["home"], options["release"], options["stage"], options["as_json"])

    formats = click.Choice([form.value for form in Format])
    folder = click.Path(file_okay=False, path_type=Path)
    named = click.option("--as", "form", type=formats, help="Another form: OSCAL, Croissant, dataset card, EU summary (draft).")
    placed = click.option("--out", type=folder, help="Folder for the files of --as; beside the report unless stated.")
    return cast(Command, named(placed(either)))


def _write(form: Format, out: Path | None, home: Path, release: str | None, stage: str | None, as_json: bool) -> None:
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.report.exports.writing import write_documents
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        chosen = chosen_releases(store, release, stage)
        if out is not None and len(chosen) > 1:
            raise click.UsageError("--out holds one release: state --stage or --release.")
        written = [(one, write_documents(store, one.release_id, form, out)) for one in chosen]
    if as_json:
        rows = [{"stage": one.stage.value, "release": one.release_id, "files": list(map(str, paths))} for one, paths in written]
        print_json(rows)
        return
    for _, paths in written:
        click.echo("\n".join(map(str, paths)))
    if not written:
        tell("no releases yet; `dataset-safety run --inbox DIR` makes the first")
