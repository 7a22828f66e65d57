"""What each file's source permits (6.1 a 2, 6.1 a 3, 6.3 a, 6.3 b), as the filter needs it."""

from __future__ import annotations

from dataset_safety import clock
from dataset_safety.collection.agreements import agreement_bar
from dataset_safety.collection.authorisations import authorisations
from dataset_safety.collection.errors import CollectionError
from dataset_safety.collection.ledger import FactGap, fact_gaps
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.preprocessing.metadata import user_token
from dataset_safety.preprocessing.releases import IDENTITY_KEY
from dataset_safety.privacy.bases import bases_on_record, consented_classes
from dataset_safety.records import SourceKind
from dataset_safety.rights.licences import assess
from dataset_safety.store.canonical import canonical_json
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release
from dataset_safety.usage.policy import SourceFacts


def release_facts(store: Store, release: Release) -> dict[str, SourceFacts]:
    """Facts of every file of a release, by shard key."""
    key = store.home.key(IDENTITY_KEY)
    with store.database.read() as connection:
        bases = bases_on_record(connection)
    facts = {}
    for shard in release.shards:
        record = recorded_source(release, shard.source_id).for_file(shard.name)
        consented, separately = consented_classes(bases, shard.source_id, clock.today())
        facts[shard.shard_key] = SourceFacts(
            bar(record), record.kind is SourceKind.SERVICE_USER, *_users(release, record, key), consented, separately
        )
    return facts


def recorded_source(release: Release, source_id: str) -> SourceRecord:
    """The source as frozen in the release's ledger."""
    record = release.sources[source_id]
    return SourceRecord.model_validate_json(
        canonical_json({name: value for name, value in record.items() if name != "documents"})
    )


def source_gaps(release: Release, source_id: str) -> list[FactGap]:
    """Facts of 6.1 and 7.1 that the ledger lacks about one source today."""
    record = recorded_source(release, source_id)
    granted = None
    if record.kind is SourceKind.SERVICE_USER:
        try:
            granted = authorisations(record, release.inbox / release.stage.value / source_id)
        except CollectionError:
            granted = None  # fact_gaps() reports records that cannot be read
    return fact_gaps(record, release.sources[source_id]["documents"], release.stage, clock.today(), granted)


def bar(record: SourceRecord) -> str:
    """Why the agreement or licence does not permit training today; empty if nothing forbids it."""
    barred = agreement_bar(record, clock.today())
    if barred:
        return barred
    agreement = record.agreement
    if agreement is not None and agreement.spdx and assess(agreement.spdx).training == "forbidden":
        return "licence:forbids_training"
    return ""


def _users(release: Release, record: SourceRecord, key: bytes) -> tuple[frozenset[str], frozenset[str]]:
    """Tokens of the users whose authorisation stands, and of those who revoked it."""
    if record.kind is not SourceKind.SERVICE_USER:
        return frozenset(), frozenset()
    service = record.origin.service_name or record.source_id
    folder = release.inbox / release.stage.value / record.source_id
    granted, revoked = set(), set()
    for entry in authorisations(record, folder):
        token = user_token(key, service, entry.user)
        if entry.revoked_at is not None and entry.revoked_at <= clock.today():
            revoked.add(token)
        elif entry.permits_training and entry.granted_at is not None and entry.granted_at <= clock.today():
            granted.add(token)
    return frozenset(granted - revoked), frozenset(revoked)
