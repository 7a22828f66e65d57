"""``dataset-safety review``: the page where people judge, who may judge, and files for other tools."""

from __future__ import annotations

from pathlib import Path

import click

from dataset_safety.cli.options import home_option, json_option, print_json, tell


@click.group("review")
def command() -> None:
    """Let people judge the drawn samples of section 8, on a page or in exchanged files."""


@command.command("serve")
@home_option
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(1, 65535), default=3080, show_default=True)
@click.option("--origin", "extra", multiple=True, help="Further address under which people reach the page, such as https://review.example.")
def serve(home: Path, host: str, port: int, extra: tuple[str, ...]) -> None:
    """Open the review page on this machine."""
    import uvicorn

    from dataset_safety.review.app import application
    from dataset_safety.review.rooms import draw_held
    from dataset_safety.store.facade import open_store

    names = {"127.0.0.1", "localhost"} if host in ("127.0.0.1", "localhost", "0.0.0.0") else {host}
    origins = frozenset({f"http://{name}:{port}" for name in names} | {one.rstrip("/") for one in extra})
    if host not in ("127.0.0.1", "localhost", "::1"):
        tell("others can reach this address: put a proxy that speaks HTTPS in front and name it with --origin")
    with open_store(home) as store:
        draw_held(store)
        tell(f"review page on http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port} (stop with Ctrl-C)")
        uvicorn.run(application(store, origins), host=host, port=port, log_level="warning", server_header=False)


@command.command("status")
@home_option
@json_option
def status(home: Path, as_json: bool) -> None:
    """Show every draw that people judge and where it stands."""
    from dataset_safety.review import reviewers
    from dataset_safety.review.rooms import Rooms
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        rooms = Rooms(store)
        with store.database.read() as connection:
            people = [found for found in reviewers.everybody(connection) if found.active() and found.role != "viewer"]
        rows = []
        for drawn, task in rooms.listing():
            found = rooms.queue(drawn.draw_id).progress(people)
            counts = {name: getattr(found, name) for name in found.__slots__}
            rows.append({"draw": drawn.draw_id, "stage": drawn.stage.value, "purpose": drawn.purpose, "task": task.en, **counts})
        rooms.close()
    if as_json:
        print_json({"draws": rows})
        return
    for row in rows:
        told = f"{row['judged']:>6} of {row['drawn']:<6} doubly {row['doubly']} of {row['doubly_needed']}, to settle {row['disputed']}"
        extra = "".join(f", {row[name]} {words}" for name, words in (("lost", "lost"), ("no_reader", "nobody reads")) if row[name])
        click.echo(f"{row['draw'][:12]}  {row['stage']:<13}{row['purpose']:<24}{told}{extra}")
    if not rows:
        click.echo("no draws yet; `dataset-safety run --inbox DIR` makes them")


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
        click.echo(f"{row['name']:<20}{row['role']:<13}{','.join(row['languages']):<12}{row['state']:<9}until {row['expires_at'][:10]}")


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
