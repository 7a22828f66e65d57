"""Rolling back (B.1 c): one approver signs, one row changes, and the earlier generation holds at once."""

from __future__ import annotations

from pathlib import Path

from dataset_safety import clock
from dataset_safety.keywords import signing
from dataset_safety.keywords.generations import Activation, activations, put_in_force
from dataset_safety.keywords.refreshing import refused, versions
from dataset_safety.keywords.signing import ROLLBACK_TYPE
from dataset_safety.store import artifacts, audit
from dataset_safety.store.artifacts import KEYWORD_LIBRARY
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.facade import Store


def rollback(store: Store, name: str, *, reason: str, to: str = "", key: Path | None = None) -> Activation:
    """Return to the generation before, or to ``to``; one approver signs, and it holds at once."""
    with store.database.read() as connection:
        active = artifacts.active(connection, KEYWORD_LIBRARY)
        history = activations(connection)
        known = [one.version for one in artifacts.versions(connection, KEYWORD_LIBRARY) if one.object]
        trusted = signing.approvers(connection)
    if active is None or not history:
        raise refused("nothing", "no refreshed generation was activated", "the folders decide until then: change them.")
    wanted = to or next((one.parent for one in reversed(history) if one.generation == active.version), "")
    targets = [version for version in known if wanted and version.startswith(wanted) and version != active.version]
    if len(targets) != 1:
        raise refused("target", f"{wanted[:12] or 'nothing'!r} names no earlier generation", "`keywords diff` lists them.")
    document = {"from": active.version, "to": targets[0], "at": clock.now().isoformat(), "reason": reason}
    payload = canonical_json(document).encode()
    signature = signing.sign(store.home, name, ROLLBACK_TYPE, payload, key)
    if not signing.signers(trusted, ROLLBACK_TYPE, payload, {name: signature}):
        raise refused("signature", f"the key of {name} is not a registered one", "`keywords approver add` registers it.")
    store.objects.read_bytes(next(one.object or "" for one in versions(store) if one.version == targets[0]))
    before = next((one.parent for one in reversed(history) if one.generation == targets[0]), "")
    made = Activation(targets[0], before, history[-1].version, document["at"], (), (name,), 1, True, 0, False)
    with store.database.write() as connection:
        put_in_force(connection, made, reason=reason)
        audit.append(
            connection, "keywords.rollback", targets[0], before=active.version, approver=name, reason=reason, signature=signature
        )
    return made
