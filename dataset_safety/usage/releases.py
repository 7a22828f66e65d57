"""Filtering a whole release: P2 and PX, the population hash, and the accounting in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from dataset_safety import clock
from dataset_safety.engine.local import map_unordered
from dataset_safety.engine.progress import report
from dataset_safety.preprocessing.releases import Annotated, Labelled
from dataset_safety.records import Decision
from dataset_safety.store import corpora
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.corpora import Corpus, FindingCount, ShardCount
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release, Shard
from dataset_safety.usage.accounting import population_hash
from dataset_safety.usage.filtering import FilteredPart, FilterTask, filter_part
from dataset_safety.usage.policy import Policy
from dataset_safety.usage.sources import release_facts


def filter_release(store: Store, release: Release, p1: Annotated, labels: Labelled, policy: Policy) -> Corpus:
    """Divide P1 into P2 and PX; the same inputs name the same corpus, which is then not made again."""
    facts = release_facts(store, release)
    identity = [
        release.release_id,
        labels.recipe,
        policy.as_dict(),
        {key: found.as_dict() for key, found in sorted(facts.items())},
        sorted(part.digest for part in labels.parts.values()),
    ]
    corpus_id = digest_of(identity)
    with store.database.read() as connection:
        stored = corpora.load(connection, corpus_id)
        newest = corpora.latest(connection, release.release_id)
    if stored is not None and newest is not None and newest.corpus_id == corpus_id:
        return stored
    tasks = [
        FilterTask(
            shard.source_id,
            shard.name,
            shard.shard_key,
            part.ordinal,
            part.object,
            labels.parts[part.object].object,
            policy,
            facts[shard.shard_key],
            store.objects.root,
            store.objects.staging,
        )
        for shard in release.shards
        for part in p1.shards[shard.shard_key].parts
    ]
    made: dict[tuple[str, int], FilteredPart] = {}
    for count, (task, found) in enumerate(map_unordered(filter_part, tasks), 1):
        made[task.shard_key, task.ordinal] = found
        report(count, len(tasks), "filtering")
    corpus = _corpus(store, release, p1, labels.recipe, policy, corpus_id, made)
    with store.database.write() as connection:
        corpora.save(connection, corpus)
    return corpus


def _corpus(
    store: Store,
    release: Release,
    p1: Annotated,
    recipe: str,
    policy: Policy,
    corpus_id: str,
    made: Mapping[tuple[str, int], FilteredPart],
) -> Corpus:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for (shard_key, _), part in made.items():
        counted[shard_key].update(part.counts)
    shards = [_shard_count(shard, p1, counted[shard.shard_key]) for shard in release.shards]
    parts = [made[key].part for key in sorted(made)]
    return Corpus(
        corpus_id,
        release.release_id,
        recipe,
        policy.as_dict(),
        population_hash(store, [part.kept_object for part in parts]),
        sum(part.kept for part in parts),
        clock.now().isoformat(),
        shards,
        parts,
        _merged(found.findings for found in made.values()),
    )


def _shard_count(shard: Shard, p1: Annotated, counts: Counter[str]) -> ShardCount:
    annotation = p1.shards[shard.shard_key]
    kept, removed, held = (counts[decision.value] for decision in (Decision.KEPT, Decision.REMOVED, Decision.HELD))
    return ShardCount(
        shard.source_id, shard.name, annotation.units, kept, removed, held, annotation.quarantined, annotation.skipped
    )


def _merged(lists: Iterable[list[FindingCount]]) -> list[FindingCount]:
    total: Counter[tuple[str, str, str, str, str]] = Counter()
    for found in lists:
        for one in found:
            total[one.source_id, one.risk, one.method, one.effect, one.category] += one.samples
    return [FindingCount(*key, samples=n) for key, n in sorted(total.items())]
