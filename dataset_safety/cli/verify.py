"""``dataset-safety verify``: check a bundle on any machine, without its database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.options import NOT_COMPLIANT, exit_code, json_option, print_json, verdict_row, verdict_table

if TYPE_CHECKING:
    from dataset_safety.report.bundle.verifying import Verification


@click.command("verify")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The signer's public key: 64 hexadecimal digits or a file; got by another way than the bundle.")
@json_option
def command(bundle: Path, key: str | None, as_json: bool) -> None:
    """Check every byte of BUNDLE and its signature, draw its draws again, and compute all its verdicts again.

    Needs no home folder, database or network. Ends with 0 when all verdicts pass, 1 when one is not compliant or the
    bundle was changed, 2 when the file is no bundle, 3 when a verdict is incomplete.
    """
    from dataset_safety.report.bundle.errors import BundleError
    from dataset_safety.report.bundle.manifest import stated_public_key
    from dataset_safety.report.bundle.verifying import verify_bundle

    try:
        found = verify_bundle(bundle, stated_public_key(key) if key is not None else None)
    except BundleError as error:
        if as_json:
            print_json({"verified": False, "problem": error.message})
        raise
    if as_json:
        print_json(_document(found))
    else:
        _show(bundle, found)
    sys.exit(NOT_COMPLIANT if found.differences else exit_code(verdict.value for verdict in found.verdicts))


def _document(found: Verification) -> dict[str, Any]:
    manifest, done = found.manifest, found.recomputed
    return {
        "verified": not found.differences,
        "variant": manifest.variant,
        "bytes": found.size,
        "members": found.members,
        "signer": {"known": found.signer_known, "public_key": found.public_key},
        "stage": manifest.stage.value,
        "release": manifest.release,
        "population": manifest.population,
        "edition": manifest.edition,
        "evaluated_at": manifest.evaluated_at.isoformat(),
        "overall": manifest.overall.value,
        "recomputed": {
            "verdicts": 0 if found.public else len(done.verdicts), "samples": done.samples, "draws": done.redrawn,
            "draws_of_other_populations": done.not_redrawn, "settled_answers": done.settled,
        },
        "differences": [
            {"where": one.where, "what": one.what, "stated": one.stated, "found": one.found} for one in done.differences
        ],
        "verdicts": [verdict_row(verdict) for verdict in found.verdicts],
    }  # fmt: skip


def _show(path: Path, found: Verification) -> None:
    manifest, done = found.manifest, found.recomputed
    kind = "the PUBLIC variant" if found.public else "full"
    click.echo(f"{path.name}: {kind}, {manifest.stage.value}, release {manifest.release[:12]}, evaluated {manifest.evaluated_at}")
    click.echo(f"bytes      {found.size} compared, {found.members} members, all as the manifest says")
    if found.signer_known:
        click.echo(f"signature  by the key stated, {found.public_key[:16]}…")
    else:
        click.echo(f"signature  SIGNER UNKNOWN: it holds for key {found.public_key}, and anybody could have made that key.")
        click.echo("           State the signer's key with --key, got by another way than the bundle.")
    if found.public:
        click.echo("verdicts   not recomputed: the public variant has no evidence; counts held against the integer rules")
    else:
        click.echo(f"draws      {done.redrawn} drawn again, {done.not_redrawn} of other populations only listed")
        click.echo(f"answers    {done.settled} settled again")
        click.echo(f"verdicts   {len(done.verdicts)} recomputed from {done.samples} samples of P2")
        if done.verdicts:
            click.echo("report     verdicts, counts, release and population of report.html compared; its prose is only signed")
    if found.verdicts:
        verdict_table("as computed" if not found.public else "as stated", found.verdicts)
    for one in done.differences:
        click.echo(f"DIFFERS    {one.where}: {one.what} is stated as {one.stated}, found {one.found}")
    outcome = f"NOT VERIFIED, {len(done.differences)} differences" if done.differences else "verified"
    click.echo(f"{outcome}; overall {manifest.overall.value}")
