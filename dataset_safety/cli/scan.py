"""``dataset-safety scan``: risks in files, one row out for each row in, without ledger, home or Dagster."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import progress_bars, tell


@click.command("scan")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="Parquet file to write, one row for each input row.",
)
@click.option("--text-field", help="Field or column that holds the text; recognised by shape unless stated.")
@click.option(
    "--detectors", default="keyword,model,pattern,rights", show_default=True, help="Which detectors look, separated by commas."
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Home whose libraries and models are used beside the bundled ones.",
)
@click.option(
    "--model",
    "models",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Another model folder.",
)
def command(
    files: tuple[Path, ...], out: Path, text_field: str | None, detectors: str, home: Path | None, models: tuple[Path, ...]
) -> None:
    """Look for risks in FILES (any format that the inbox knows) and write one row for each input row.

    Columns: row, outcome (clear, review, reject, not_identified), risks, personal_information, findings. Personal
    information needs a legal basis (6.3 a, b) and does not change the outcome. Ends with 0 when the scan was done.
    """
    from dataset_safety.preprocessing.recipes import sources_of
    from dataset_safety.preprocessing.scanning import scan_files
    from dataset_safety.store.home import Home

    chosen = [name.strip() for name in detectors.split(",") if name.strip()]
    sources = sources_of(Home.find(home) if home else None, models=models, detectors=chosen)
    with progress_bars():
        summary = scan_files(files, out, sources, text_field=text_field)
    tell(", ".join(f"{n} {name}" for name, n in summary.items()) + f" -> {out}")
