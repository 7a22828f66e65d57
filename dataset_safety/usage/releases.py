"""Filtering a whole release: P2 and PX, the population hashes, and the accounting in one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

import polars as pl
from sqlalchemy import Connection

from dataset_safety import clock
from dataset_safety.engine.local import map_unordered
from dataset_safety.engine.progress import report
from dataset_safety.preprocessing.manual import decisions_digest, manual_recipe
from dataset_safety.preprocessing.releases import Annotated, Labelled
from dataset_safety.records import Decision, Settled
from dataset_safety.store import corpora
from dataset_safety.store.canonical import digest_of
from dataset_safety.store.corpora import Corpus, FindingCount, ShardCount
from dataset_safety.store.facade import Store
from dataset_safety.store.releases import Release, Shard
from dataset_safety.store.shards import load_recipe, save_labelling, save_recipe
from dataset_safety.usage.accounting import drawn_population_hash, population_hash
from dataset_safety.usage.filtering import FilteredPart, FilterTask, filter_part
from dataset_safety.usage.policy import Policy, SourceFacts
from dataset_safety.usage.sources import release_facts

Judged = Mapping[str, Mapping[str, Settled]]
"""What people settled, by part and sample."""


def filter_release(
    store: Store,
    release: Release,
    p1: Annotated,
    labels: Labelled,
    policy: Policy,
    settled: Mapping[str, Settled] | None = None,
    also: Callable[[Connection], None] | None = None,
) -> Corpus:
    """Divide P1 into P2 and PX; the same inputs name the same corpus, which is then not made again.

    ``settled`` is what people settled, by sample id, as far as it may act (closed draws, held rows). ``also`` is
    recorded in the transaction that stores a new corpus, and only if one is stored.
    """
    facts = release_facts(store, release)
    judged = _by_part(store, labels, settled or {})
    identity = [
        release.release_id,
        labels.recipe,
        policy.as_dict(),
        {key: found.as_dict() for key, found in sorted(facts.items())},
        sorted(part.digest for part in labels.parts.values()),
        decisions_digest({name: one for found in judged.values() for name, one in found.items()}),
    ]
    wanted = digest_of(identity)
    with store.database.read() as connection:
        known = corpora.load(connection, wanted)
        newest = corpora.latest(connection, release.release_id)
        content = load_recipe(connection, labels.recipe)
    if newest is not None and newest.identity == wanted:
        return newest
    corpus_id = digest_of([wanted, newest.corpus_id]) if known and newest else wanted  # the release came back to an earlier state
    if judged:
        content = manual_recipe(content, labels.recipe, {name: one for found in judged.values() for name, one in found.items()})
    tasks = list(_tasks(store, release, p1, labels, policy, facts, judged, digest_of(content)))
    made: dict[tuple[str, int], FilteredPart] = {}
    for count, (task, found) in enumerate(map_unordered(filter_part, tasks), 1):
        made[task.shard_key, task.ordinal] = found
        report(count, len(tasks), "filtering")
    recipe = digest_of(content) if judged else labels.recipe
    corpus = _corpus(store, release, p1, recipe, policy, (corpus_id, wanted), made)
    with store.database.write() as connection:
        if judged:
            save_recipe(connection, content)
        for labelling in {found.labelling.part: found.labelling for found in made.values() if found.labelling}.values():
            save_labelling(connection, labelling)
        corpora.save(connection, corpus)
        if also is not None:
            also(connection)
    return corpus


def _by_part(store: Store, labels: Labelled, settled: Mapping[str, Settled]) -> Judged:
    """Which judged samples stand in which part; an answer about other content than the part holds is void."""
    found: dict[str, dict[str, Settled]] = {}
    if not settled:
        return found
    wanted = pl.DataFrame({"sample_id": list(settled), "content_sha256": [one.content_sha256 for one in settled.values()]})
    for part, labelling in labels.parts.items():
        rows = store.objects.read_frame(labelling.object, columns=["sample_id", "content_sha256"])
        names = rows.join(wanted, on=["sample_id", "content_sha256"], how="semi")["sample_id"].to_list()
        if names:
            found[part] = {name: settled[name] for name in names}
    return found


def _tasks(
    store: Store,
    release: Release,
    p1: Annotated,
    labels: Labelled,
    policy: Policy,
    facts: Mapping[str, SourceFacts],
    judged: Judged,
    recipe: str,
) -> Iterator[FilterTask]:
    for shard in release.shards:
        for part in p1.shards[shard.shard_key].parts:
            yield FilterTask(
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
                judged.get(part.object, {}),
                recipe,
            )


def _corpus(
    store: Store,
    release: Release,
    p1: Annotated,
    recipe: str,
    policy: Policy,
    names: tuple[str, str],
    made: Mapping[tuple[str, int], FilteredPart],
) -> Corpus:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for (shard_key, _), part in made.items():
        counted[shard_key].update(part.counts)
    shards = [_shard_count(shard, p1, counted[shard.shard_key]) for shard in release.shards]
    parts = [made[key].part for key in sorted(made)]
    population = population_hash(store, [part.kept_object for part in parts])
    judged = any(found.labelling for found in made.values())
    return Corpus(
        names[0],
        release.release_id,
        recipe,
        policy.as_dict(),
        population,
        sum(part.kept for part in parts),
        clock.now().isoformat(),
        shards,
        parts,
        _merged(found.findings for found in made.values()),
        names[1],
        drawn_population_hash(store, parts) if judged else population,
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
