"""``dataset-safety keywords``: the weekly refresh, from a change to the generation in force and back."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dataset_safety.cli.options import home_option, json_option, print_json, progress_bars

if TYPE_CHECKING:
    from dataset_safety.keywords.generations import Activation
    from dataset_safety.keywords.refreshing import Candidate
    from dataset_safety.store.facade import Store

key_option = click.option(
    "--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Private key kept elsewhere than in the home."
)
file_argument = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("add")
@click.argument("text", nargs=-1)
@click.option("--risk", default="", help="Risk of the entries, such as A.2.e.")
@click.option("--language", default="", help="Language of the entries, such as zh.")
@click.option("--author", required=True, help="Who makes the change; this person cannot approve it.")
@click.option("--retire", multiple=True, help="Id of an entry to withdraw; repeat for more.")
@click.option("--urgent", is_flag=True, help="Build the candidate at once (an incident's terms).")
@home_option
def add(text: tuple[str, ...], risk: str, language: str, author: str, retire: tuple[str, ...], urgent: bool, home: Path) -> None:
    """Add entries to what waits for the next refresh: each TEXT is `part + part ~distance @effect !exception`."""
    from dataset_safety.keywords.edits import edited
    from dataset_safety.keywords.incoming import drop_edit
    from dataset_safety.keywords.refreshing import in_force, refresh

    with _opened(home) as store:
        paths = drop_edit(store.home, edited(in_force(store), text, risk, language, author, retire))
        for path in paths:
            click.echo(f"waits: {path}")
        if urgent:
            with progress_bars():
                _tell_candidate(refresh(store, author=author, urgent=True))


@click.command("refresh")
@click.option("--author", help="Who runs it; cannot approve the result. DATASET_SAFETY_ACTOR or the account unless stated.")
@click.option("--urgent", is_flag=True, help="Count the time to activation against the limit of the urgent path.")
@home_option
@json_option
def refresh_verb(author: str | None, urgent: bool, home: Path, as_json: bool) -> None:
    """Build a candidate from HOME/incoming, the configured sources and changed folders, and take it through the gate."""
    from dataset_safety.keywords.refreshing import refresh
    from dataset_safety.store import audit

    with _opened(home) as store, progress_bars():
        made = refresh(store, author=author or audit.actor(), urgent=urgent)
    if as_json:
        print_json(_candidate(made) if made else None)
    else:
        _tell_candidate(made)


@click.command("approve")
@click.argument("name")
@key_option
@home_option
def approve_verb(name: str, key: Path | None, home: Path) -> None:
    """Sign the waiting candidate as approver NAME."""
    from dataset_safety.keywords.refreshing import approve

    with _opened(home) as store:
        _tell_candidate(approve(store, name, key))


@click.command("activate")
@click.option("--bundle", type=file_argument, help="A signed bundle from elsewhere; the waiting candidate unless stated.")
@home_option
@json_option
def activate_verb(bundle: Path | None, home: Path, as_json: bool) -> None:
    """Put the approved candidate in force."""
    from dataset_safety.keywords.bundles import read_envelope
    from dataset_safety.keywords.refreshing import activate, activate_from_elsewhere

    with _opened(home) as store, progress_bars():
        made = activate_from_elsewhere(store, read_envelope(bundle.read_bytes())) if bundle else activate(store)
        limit = _settings(store).urgent_minutes
    if as_json:
        print_json({**_activation(made), "urgent_limit_seconds": 60 * limit})
        return
    click.echo(f"version {made.version} is in force: generation {made.generation[:12]}, approved by {', '.join(made.signers)}")
    if made.urgent:
        state = "within" if made.seconds <= 60 * limit else "OVER"
        click.echo(f"urgent path: {made.seconds} s from proposal to active, {state} the limit of {limit} minutes")
    if made.needed < 2:
        click.echo("this home allows one approver (keywords.toml)")


@click.command("rollback")
@click.argument("generation", default="")
@click.option("--by", required=True, help="Approver who signs it.")
@click.option("--reason", required=True, help="Why; written to the audit log.")
@key_option
@home_option
def rollback_verb(generation: str, by: str, reason: str, key: Path | None, home: Path) -> None:
    """Put the generation before, or the one named, in force again."""
    from dataset_safety.keywords.rollback import rollback

    with _opened(home) as store:
        begin = time.perf_counter()
        made = rollback(store, by, reason=reason, to=generation, key=key)
        click.echo(f"generation {made.generation[:12]} is in force again after {time.perf_counter() - begin:.3f} s")


@click.command("diff")
@home_option
@json_option
def diff(home: Path, as_json: bool) -> None:
    """Show what the waiting candidate changes, and the generations so far."""
    from dataset_safety.keywords.generations import activations
    from dataset_safety.keywords.refreshing import in_force, pending
    from dataset_safety.keywords.stored import difference, read_generation

    with _opened(home) as store:
        old, waiting = in_force(store), pending(store)
        new = read_generation(store.objects.read_bytes(waiting.content)) if waiting else old
        with store.database.read() as connection:
            history = [_activation(one) for one in activations(connection)]
    differs = difference(old, new)
    if as_json:
        lists = {"added": differs.added, "withdrawn": differs.withdrawn}
        entries = {name: [{"id": e.id, "text": e.text, "risks": list(e.risks)} for e in found] for name, found in lists.items()}
        candidate = _candidate(waiting) if waiting else None
        print_json({"active": old.generation, **entries, "candidate": candidate, "history": history})
        return
    for one in history:
        click.echo(f"{one['at'][:19]} version {one['version']} {one['generation'][:12]}{' (rolled back)' * one['rolled_back']}")
    click.echo(f"in force: {old.generation[:12]}")
    for sign, found in (("+", differs.added), ("-", differs.withdrawn)):
        for entry in found:
            click.echo(f"{sign} {entry.id} {','.join(entry.risks)} {entry.language} @{entry.effect} {entry.text}")


@click.command("export")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Bundle file to write.")
@home_option
def export(out: Path, home: Path) -> None:
    """Write the waiting candidate with its signatures as one bundle file, for `activate --bundle` elsewhere."""
    from dataset_safety.keywords.bundles import envelope
    from dataset_safety.keywords.refreshing import bundle_of, waiting_candidate

    with _opened(home) as store:
        out.write_bytes(envelope(bundle_of(store, waiting_candidate(store))))
    click.echo(f"bundle written to {out}")


@click.command("review")
@click.option("--by", required=True, help="Who looked at the library.")
@home_option
def review(by: str, home: Path) -> None:
    """Record that a named person looked at the library and found nothing to change."""
    from dataset_safety.keywords.reviews import record_review, review_warnings

    with _opened(home) as store:
        n = record_review(store, by)
    click.echo("recorded; the age of the content still counts from its last change")
    for warning in review_warnings(n):
        click.echo(f"WARNING: {warning}", err=True)


@click.group("approver")
def approver() -> None:
    """People who may sign a generation."""


@approver.command("add")
@click.argument("name")
@click.option("--public", default="", help="Public Ed25519 key in hexadecimal; a new pair is made unless stated.")
@home_option
def approver_add(name: str, public: str, home: Path) -> None:
    """Register approver NAME."""
    from dataset_safety.keywords import signing

    with _opened(home) as store:
        with store.database.write() as connection:
            made = signing.add_approver(store.home, connection, name, public)
        where = "" if public else f"; private key: {signing.key_path(store.home, name)}"
    click.echo(f"{name} may sign with {made}{where}")


@approver.command("remove")
@click.argument("name")
@home_option
def approver_remove(name: str, home: Path) -> None:
    """Take the right to sign from NAME."""
    from dataset_safety.keywords import signing

    with _opened(home) as store, store.database.write() as connection:
        signing.remove_approver(connection, name)
    click.echo(f"{name} may sign no more")


@approver.command("list")
@home_option
@json_option
def approver_list(home: Path, as_json: bool) -> None:
    """Show who may sign, with public keys."""
    from dataset_safety.keywords import signing

    with _opened(home) as store, store.database.read() as connection:
        found = signing.approvers(connection)
    if as_json:
        print_json(found)
        return
    for name, public in sorted(found.items()):
        click.echo(f"{name}  {public}")


VERBS: Sequence[click.Command] = (
    add, refresh_verb, approve_verb, activate_verb, rollback_verb, diff, export, review, approver,
)  # fmt: skip


@contextmanager
def _opened(home: Path) -> Iterator[Store]:
    from dataset_safety.store.facade import open_store

    with open_store(home) as store:
        yield store


def _settings(store: Store) -> Any:
    from dataset_safety.keywords.settings import read_settings

    return read_settings(store.home)


def _candidate(made: Candidate) -> dict[str, Any]:
    refused = [{"name": one.name, "sha256": one.sha256, "reason": str(one.error)} for one in made.refused]
    stated = made.statement.model_dump(mode="json")
    return {"bundle": made.statement.id, **stated, "signers": sorted(made.signatures), "refused": refused}


def _activation(made: Activation) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__slots__}


def _tell_candidate(made: Candidate | None) -> None:
    if made is None:
        click.echo("nothing waits: no candidate was made")
        return
    stated = made.statement
    changes = f"+{stated.added} -{stated.withdrawn} entries"
    click.echo(f"candidate version {stated.version}, generation {stated.generation[:12]}: {changes}")
    click.echo(f"signed by {', '.join(sorted(made.signatures)) or 'nobody yet'}; expires {stated.expires_at:%Y-%m-%d %H:%M}")
    for one in made.refused:
        click.echo(f"refused and left out: {one.name!r}: {one.error}", err=True)
