"""``dataset-safety review``: the page where people judge, who may judge, and files for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json, stage_option, tell
from dataset_safety.review.address import PORT


@click.group("review")
def command() -> None:
    """Let people judge the drawn samples of section 8, on a page or in exchanged files."""


@command.command("serve")
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True)
@click.option(
    "--origin", "extra", multiple=True, help="Further address under which people reach the page, such as https://review.example."
)
def serve(home: Path, host: str, port: int, extra: tuple[str, ...]) -> None:
    """Open the review page on this machine."""
    import uvicorn

    from dataset_safety.review.app import application
    from dataset_safety.store.facade import open_store

    names = {"127.0.0.1", "localhost"} if host in ("127.0.0.1", "localhost", "0.0.0.0") else {host}
    origins = frozenset({f"http://{name}:{port}" for name in names} | {one.rstrip("/") for one in extra})
    if host not in ("127.0.0.1", "localhost", "::1"):
        tell("others can reach this address: put a proxy that speaks HTTPS in front and name it with --origin")
    with open_store(home) as store:
        tell(f"review page on http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port} (stop with Ctrl-C)")
        uvicorn.run(application(store, origins), host=host, port=port, log_level="warning", server_header=False)


@command.command("status")
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """Show every draw that people judge and where it stands, how far people agree, and the known-answer items."""
    from dataset_safety.review.status import review_status, told
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        found = review_status(store)
    if as_json:
        print_json(found)
        return
    click.echo("\n".join(told(found)) if found["draws"] else "no draws yet; `dataset-safety run --inbox DIR` makes them")


@command.command("known-answers")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
def known_answers(file: Path, home: Path) -> None:
    """Mix the texts of FILE, whose answers are known, into the large draw instead of those that ship with the package.

    One JSON object a line: {"text": "...", "language": "en", "answers": {"risk": "no"}}. They are outside all counts;
    `review status` shows how each person answers them. The page uses them from its next start.
    """
    from dataset_safety.review.known_answers import register
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        items = register(store, file.read_bytes())
    click.echo(f"{len(items)} known-answer items are in force from the next start of the page")


@command.command("redraw")
@click.argument("purpose")
@click.option("--reason", required=True, help="Why the first draw does not do; it is logged and stands in the report.")
@click.option("--release", help="A release id, the beginning of one, or a label; the newest of the stage unless stated.")
@home_option
@stage_option
@json_option
def redraw(purpose: str, reason: str, release: str | None, home: Path, stage: str | None, as_json: bool) -> None:
    """Draw the population of PURPOSE (such as manual) a second time, under another key.

    Both draws stay in the log and in the report. Answers about samples that both hold count in both; evaluate again
    afterwards with `dataset-safety run`.
    """
    from dataset_safety.evaluation.drawing import redraw as draw_again
    from dataset_safety.evaluation.ledger import chosen_releases
    from dataset_safety.standard import load_edition
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        fitting = chosen_releases(store, release, stage)
        if len(fitting) != 1:
            raise click.UsageError("name one release: there are several, or none. Hint: state --stage or --release.")
        made = draw_again(store, fitting[0], purpose, reason, load_edition())
    if as_json:
        row = {"draw": made.draw_id, "stage": made.stage.value, "purpose": made.purpose, "population": made.population}
        print_json({**row, "seed": made.seed, "size": made.size, "reason": made.reason})
        return
    click.echo(
        f"{made.draw_id[:12]}  {made.stage.value}  {made.purpose}: {made.size} of {made.population_size} samples; {made.reason}"
    )


@command.group("reviewer")
def reviewer() -> None:
    """Register people who judge."""


@reviewer.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(["reviewer", "adjudicator", "viewer"]), default="reviewer", show_default=True)
@click.option("--languages", default="zh,en", show_default=True, help="Languages the person reads; * reads everything.")
@click.option("--days", type=click.IntRange(1, 3650), default=90, show_default=True, help="How long the token is valid.")
@home_option
def add(name: str, role: str, languages: str, days: int, home: Path) -> None:
    """Register NAME and print the token, which is shown only this once."""
    from dataset_safety.review.reviewers import Role
    from dataset_safety.review.reviewers import add as register
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        token = register(store, name, Role(role), [one.strip() for one in languages.split(",") if one.strip()], days)
    tell(f"{name} may sign in as {role} for {days} days with this token; it is not shown again:")
    click.echo(token)


@reviewer.command("list")
@home_option
@json_option
def listing(home: Path, as_json: bool) -> None:
    """Show who is registered."""
    from dataset_safety.review.reviewers import everybody
    from dataset_safety.store.facade import open_store

    with open_store(home) as store, store.database.read() as connection:
        people = everybody(connection)
    rows = [
        {
            "name": found.name,
            "role": found.role.value,
            "languages": list(found.languages),
            "expires_at": found.expires_at,
            "state": "active" if found.active() else "revoked" if found.revoked else "expired",
        }
        for found in people
    ]
    if as_json:
        print_json({"reviewers": rows})
        return
    for row in rows:
        reads, until = ",".join(row["languages"]), row["expires_at"][:10]
        click.echo(f"{row['name']:<20}{row['role']:<13}{reads:<12}{row['state']:<9}until {until}")


@reviewer.command("revoke")
@click.argument("name")
@home_option
def revoke(name: str, home: Path) -> None:
    """End the registration of NAME at once; answers given stay."""
    from dataset_safety.review.reviewers import revoke as end
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        end(store, name)
    click.echo(f"{name} can no longer sign in")


draw_option = click.option("--draw", "name", required=True, help="The draw: its id or the beginning of it (`review status`).")
format_option = click.option(
    "--format", "form", type=click.Choice(["label-studio", "jsonl", "csv"]), default="csv", show_default=True
)


@command.command("export")
@draw_option
@format_option
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="File to write.")
@home_option
def export(name: str, form: str, out: Path, home: Path) -> None:
    """Write the drawn samples for another tool, without labels and without anybody's answers.

    For Label Studio the labelling configuration is written beside the file, ending in .xml.
    """
    from dataset_safety.review import exchange
    from dataset_safety.review.rooms import Rooms, draw_with_task
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        rooms = Rooms(store)
        queue = rooms.queue(draw_with_task(store, name)[0].draw_id)
        out.write_text(exchange.export(queue, form), encoding="utf-8", newline="")
        if form == "label-studio":
            out.with_suffix(".xml").write_text(exchange.labelling_config(queue.task), encoding="utf-8")
        tell(f"{len(queue.desk.places)} samples written to {out}")
        rooms.close()


@command.command("import")
@draw_option
@format_option
@click.option("--reviewer", "who", required=True, help="The registered person who answered.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@home_option
def import_(name: str, form: str, who: str, file: Path, home: Path) -> None:
    """Store the answers of FILE in the name of one reviewer, all or nothing."""
    from dataset_safety.review import exchange
    from dataset_safety.review.reviewers import named
    from dataset_safety.review.rooms import Rooms, draw_with_task
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        with store.database.read() as connection:
            person = named(connection, who)
        rooms = Rooms(store)
        queue = rooms.queue(draw_with_task(store, name)[0].draw_id)
        count = exchange.import_answers(store, queue, person, file.read_bytes(), form)
        rooms.close()
    click.echo(f"{count} samples answered by {who}")
