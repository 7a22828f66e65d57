"""``dataset-safety report``: write the report of a release, or everything it rests on as a signed bundle."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json, stage_option, tell
from dataset_safety.cli.report_formats import with_formats


@click.command("report")
@click.option("--release", help="A release id, the beginning of one, or a label; the newest of each stage unless stated.")
@click.option(
    "--bundle", type=click.Path(dir_okay=False, path_type=Path), help="Write a signed bundle of one stage to this file."
)
@click.option(
    "--key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Private Ed25519 key that signs the bundle (PEM or 32 bytes); the home's own, made at first use, unless stated.",
)
@click.option("--pdf", is_flag=True, help="Also write report.pdf beside it; needs the extra `pdf` and a Chinese font.")
@click.option("--public", is_flag=True, help="The variant that may be published: no samples, sources, people or keywords.")
@home_option
@stage_option
@json_option
@with_formats
def command(
    release: str | None,
    bundle: Path | None,
    key: Path | None,
    public: bool,
    pdf: bool,
    home: Path,
    stage: str | None,
    as_json: bool,
) -> None:
    """Write the report of a release again: one HTML file without script, readable without this program.

    With --bundle, the release is evaluated at this moment and everything that its verdicts rest on goes into one
    signed archive (no text of samples), which `dataset-safety verify` recomputes on any machine.
    """
    if bundle is not None:
        _write_bundle(release, bundle, key, public, home, stage, as_json)
        return
    if public or key is not None:
        raise click.UsageError("--public and --key belong to --bundle.")
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.report.writing import write, write_with_pdf
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        chosen = chosen_releases(store, release, stage)
        written = [(one, write_with_pdf(store, one.release_id) if pdf else (write(store, one.release_id),)) for one in chosen]
    if as_json:
        names = ("report", "pdf")
        print_json(
            [
                {"stage": one.stage.value, "release": one.release_id, **dict(zip(names, map(str, paths), strict=False))}
                for one, paths in written
            ]
        )
        return
    for _, paths in written:
        click.echo("\n".join(map(str, paths)))
    if not written:
        click.echo("no releases yet; `dataset-safety run --inbox DIR` makes the first")


def _write_bundle(
    name: str | None, target: Path, key: Path | None, public: bool, home: Path, stage: str | None, as_json: bool
) -> None:
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.report.bundle.writing import write_bundle
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        found = chosen_releases(store, name, stage)
        if len(found) != 1:
            raise click.UsageError(
                "A bundle is about one release: state --stage or --release." if found else "There is no release to bundle yet."
            )
        made = write_bundle(store, found[0], target, key=key, variant="public" if public else "full")
    if as_json:
        print_json(
            {
                "bundle": str(made.path), "bytes": made.size, "members": made.members, "variant": made.manifest.variant,
                "stage": made.manifest.stage.value, "release": made.manifest.release, "overall": made.manifest.overall.value,
                "public_key": made.public_key,
            }
        )  # fmt: skip
        return
    click.echo(str(made.path))
    tell(f"{made.members} files, {made.size} bytes, verdict {made.manifest.overall.value}; verified once after writing")
    tell(f"signed with public key {made.public_key}")
    tell("give this key to the assessor by another way than the bundle: dataset-safety verify BUNDLE --key KEY")
