"""How the verdicts of a stage changed from release to release."""

from __future__ import annotations

from sqlalchemy import Connection

from dataset_safety.report.plotted import HistoryColumn
from dataset_safety.store import releases, verdicts
from dataset_safety.store.releases import Release

RELEASES = 8


def history(connection: Connection, release: Release) -> list[HistoryColumn]:
    """The newest assessment of this release and of those of its stage before it, oldest first; at most eight."""
    listed = releases.listing(connection, release.stage)
    names = [name for name, *_ in listed]
    from_here = listed[names.index(release.release_id) :]
    columns = []
    for release_id, _, label, _ in from_here[:RELEASES]:
        found = verdicts.latest(connection, release_id)
        if found is not None:
            values = {verdict.clause: verdict.value for verdict in found.verdicts}
            columns.append(HistoryColumn(label or release_id[:12], found.created_at, values, release_id == release.release_id))
    return columns[::-1]
