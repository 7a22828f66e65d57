"""Options, output and exit codes that several verbs share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from dataset_safety.engine.progress import watched
from dataset_safety.standard.stages import Stage
from dataset_safety.standard.verdicts import VerdictValue
from dataset_safety.store.home import DEFAULT_HOME, HOME_VARIABLE

Command = TypeVar("Command", bound=Callable[..., Any])

COMPLIANT, NOT_COMPLIANT, USAGE, INCOMPLETE, INTERNAL = 0, 1, 2, 3, 4

home_option = click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    envvar=HOME_VARIABLE,
    default=DEFAULT_HOME,
    show_default=True,
    help="Folder that holds everything this deployment owns.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout; everything else on stderr.")
stage_option = click.option(
    "--stage", type=click.Choice([stage.value for stage in Stage]), help="Only this stage; both unless stated."
)


def stages(stated: str | None) -> list[Stage]:
    """The stage named, or both."""
    return [Stage(stated)] if stated else list(Stage)


def exit_code(values: Iterable[VerdictValue]) -> int:
    """The exit code that holds for a set of verdicts: 4 > 1 > 3 > 0."""
    present = set(values)
    if VerdictValue.ERROR in present:
        return INTERNAL
    if VerdictValue.NON_COMPLIANT in present:
        return NOT_COMPLIANT
    return INCOMPLETE if present & {VerdictValue.STALE, VerdictValue.INCOMPLETE} else COMPLIANT


def print_json(document: Any) -> None:
    """One document on stdout."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def tell(message: str) -> None:
    """A line for the person who watches, on stderr."""
    click.echo(message, err=True)


@contextmanager
def progress_bars() -> Iterator[None]:
    """Progress of long work as bars when a terminal watches stderr, and silence otherwise."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:<20}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        tasks: dict[str, Any] = {}

        def listen(done: int, total: int, what: str) -> None:
            if what not in tasks or bars.tasks[tasks[what]].finished:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done, total=total)

        with watched(listen):
            yield


def verdict_row(verdict: Any) -> dict[str, Any]:
    """A verdict as `--json` prints it."""
    row = {
        "id": verdict.clause,
        "verdict": verdict.value.value,
        "why": verdict.why,
        "required": verdict.required,
        "observed": verdict.observed,
    }
    row |= {name: value for name, value in (("n", verdict.n), ("k", verdict.k)) if value is not None}
    row |= {name: value for name, value in (("interval", verdict.interval), ("note", verdict.note)) if value}
    if verdict.remedy:
        row["remedy"] = verdict.remedy
    if verdict.parts:
        row["parts"] = [verdict_row(part) for part in verdict.parts]
    return row


def verdict_table(title: str, verdicts: Iterable[Any]) -> None:
    """Verdicts as a table for a terminal; the value is a word and never colour alone."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    styles = {"COMPLIANT": "green", "NOT_APPLICABLE": "green", "NON_COMPLIANT": "bold red", "ERROR": "bold red"}
    table = Table(title=title, title_justify="left", show_lines=False, expand=True)
    table.add_column("Clause", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Why", ratio=1)
    for verdict in verdicts:
        table.add_row(
            verdict.clause, Text(verdict.value.value, style=styles.get(verdict.value.value, "yellow")), Text(verdict.why)
        )
    Console().print(table)
