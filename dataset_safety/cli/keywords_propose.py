"""``dataset-safety keywords propose``: terms mined from what people confirmed and cleared, as a draft for a person."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dataset_safety.cli.options import home_option, progress_bars

if TYPE_CHECKING:
    from dataset_safety.keywords.proposals import ConfirmedText
    from dataset_safety.store.facade import Store

file_type = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("propose")
@click.option("--confirmed", type=file_type, help="Texts that people confirmed as risk, in place of the home's judgements.")
@click.option("--cleared", type=file_type, help="Texts that people cleared; goes with --confirmed.")
@click.option("--include-draws", is_flag=True, help="Read judgements of random draws too; what they measure looks better then.")
@click.option("--risk", required=True, help="Risk of the confirmed texts.")
@click.option("--language", required=True, help="Language of the draft.")
@click.option("--author", required=True, help="Who will edit the draft.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder to write the draft into.")
@click.option("--most", type=click.IntRange(1, 2000), default=100, show_default=True, help="Number of terms at most.")
@home_option
def propose(
    confirmed: Path | None,
    cleared: Path | None,
    include_draws: bool,
    risk: str,
    language: str,
    author: str,
    out: Path,
    most: int,
    home: Path,
) -> None:
    """Mine terms that separate confirmed from cleared texts into a draft; a person edits it, then drops it into incoming.

    Reads what people settled about held rows and hits of the technical audit, or two files.
    """
    from dataset_safety.keywords.proposals import draft_lines, record
    from dataset_safety.keywords.proposals import propose as mine
    from dataset_safety.keywords.refreshing import in_force
    from dataset_safety.standard import load_edition
    from dataset_safety.store.facade import open_store

    if risk not in load_edition().risk_ids:
        raise click.UsageError(f"--risk {risk[:20]!r} is none of the 29 of Appendix A, such as A.2.e.")
    if (confirmed is None) != (cleared is None) or (confirmed and include_draws):
        raise click.UsageError("--confirmed and --cleared go together, and without --include-draws.")
    with open_store(home) as store, progress_bars():
        if confirmed and cleared:
            positive, negative, remarks = _files(confirmed, cleared)
        else:
            positive, negative, remarks = _judged(store, risk, language, include_draws)
        found = mine(positive, negative, in_force(store), risk=risk, language=language, most=most)
        record(store, risk, language, terms=len(found), remarks=remarks)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"proposed-{risk}.{language}.txt"
    path.write_text(draft_lines(found, author, remarks), encoding="utf-8")
    for remark in remarks:
        click.echo(remark)
    click.echo(f"{len(found)} terms in {path}; every line needs a person's judgement")


def _files(confirmed: Path, cleared: Path) -> tuple[list[ConfirmedText], list[str], list[str]]:
    from dataset_safety.keywords.proposals import of_file
    from dataset_safety.preprocessing.scanning import texts_of

    positive, negative = of_file(texts_of(confirmed)), list(texts_of(cleared))
    return positive, negative, [f"mined from files: {len(positive)} confirmed, {len(negative)} cleared texts"]


def _judged(store: Store, risk: str, language: str, include_draws: bool) -> tuple[list[ConfirmedText], list[str], list[str]]:
    """Confirmed texts of the risk, cleared texts, and what is to be said about them; counts only."""
    from dataset_safety.evaluation.settled_texts import settled_texts
    from dataset_safety.keywords.proposals import ConfirmedText

    found = [one for one in settled_texts(store, include_draws=include_draws) if one.language == language]
    positive = [one for one in found if risk in one.risks]
    negative = [one for one in found if not one.risks]
    counts = {name: Counter(one.purpose for one in some) for name, some in (("confirmed", positive), ("cleared", negative))}
    by_purpose = "; ".join(
        f"{purpose}: {counts['confirmed'][purpose]} confirmed, {counts['cleared'][purpose]} cleared"
        for purpose in sorted({*counts["confirmed"], *counts["cleared"]})
    )
    remarks = [f"mined from settled judgements ({by_purpose or 'none yet'})"]
    if include_draws:
        remarks.append("WARNING, random draws are included: they no longer measure what these terms find")
    return [ConfirmedText(one.text, one.source_id) for one in positive], [one.text for one in negative], remarks
