"""The demo corpus: the same for a seed, readable by the readers, and its key points at the right units."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from stdnum import luhn
from stdnum.cn import ric

from dataset_safety.collection.inbox import discover
from dataset_safety.collection.reading import read_shard
from dataset_safety.collection.units import Skipped, Unreadable
from dataset_safety.demo import numbers
from dataset_safety.demo.corpus import build
from dataset_safety.demo.items import HIDDEN, PERSONAL
from dataset_safety.demo.key import DemoKey
from dataset_safety.demo.material import LANGUAGES, risk_texts, topics
from dataset_safety.standard import load_edition
from dataset_safety.standard.stages import Stage

SAMPLES = 700


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, DemoKey]:
    folder = tmp_path_factory.mktemp("demo") / "inbox"
    return folder, build(folder, samples_per_stage=SAMPLES)


@pytest.fixture(scope="module")
def units(built) -> dict[tuple[Stage, str, str, int], object]:
    """Everything that the readers give, by stage, source, file and ordinal."""
    found = {}
    for stage in Stage:
        for source in discover(built[0], stage):
            for file in source.files:
                for item in read_shard(file.path, name=file.name, record=source.record):
                    if not isinstance(item, Skipped):
                        found[stage, source.record.source_id, file.name, item.ordinal] = item
    return found


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(built, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    assert build(again, samples_per_stage=SAMPLES) == built[1]
    build(other, samples_per_stage=SAMPLES, seed="another")
    first = {path.relative_to(built[0]): path.read_bytes() for path in built[0].rglob("*") if path.is_file()}
    assert first == {path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()}
    assert first != {path.relative_to(other): path.read_bytes() for path in other.rglob("*") if path.is_file()}


def test_a_kept_key_is_read_back_unchanged(built, tmp_path):
    built[1].save(tmp_path / "key.json")
    assert DemoKey.load(tmp_path / "key.json") == built[1]


def test_every_planted_unit_stands_where_the_key_says(built, units):
    for planted in built[1].units:
        item = units[planted.stage, *planted.place]
        assert isinstance(item, Unreadable) == (planted.kind == "unreadable"), planted
        if planted.kind == "unreadable":
            continue
        head, _, tail = planted.kind.partition(":")
        if head == "risk":
            assert any(text.text in item.text for text in risk_texts() if text.risks == planted.risks)
        elif head == "hidden_characters":
            assert HIDDEN[tail] in item.text
        elif planted.kind == "missing:url":
            assert item.url is None
        elif planted.kind == "missing:generator_version":
            assert item.generated_model and item.generated_version is None
        elif planted.kind == "authorisation:revoked":
            assert item.user in ("account-0007", "account-0023")
        elif tail == "identity_number":
            assert ric.is_valid(re.search(r"\d{17}[\dX]", item.text)[0])
        elif tail == "bank_card":
            assert luhn.is_valid(re.search(r"\d{19}", item.text)[0])


def test_only_what_the_key_names_is_unreadable_without_address_or_a_copy(built, units):
    unreadable = {place for place, item in units.items() if isinstance(item, Unreadable)}
    assert unreadable == {(p.stage, *p.place) for p in built[1].units if p.kind == "unreadable"}
    texts: Counter = Counter()
    copies = set()
    for place, item in sorted(units.items(), key=lambda pair: (*pair[0][:3], pair[0][3])):
        if isinstance(item, Unreadable):
            continue
        texts[place[:3], item.text] += 1
        if texts[place[:3], item.text] > 1:
            copies.add(place)
    assert copies == {(p.stage, *p.place) for p in built[1].units if p.kind == "copy_in_file"}


def test_every_kind_of_defect_is_planted_in_the_stage_it_belongs_to(built):
    kinds = {stage: {unit.kind for unit in built[1].of(stage)} for stage in Stage}
    everywhere = {"agreement:expired", "licence:forbids_training", "authorisation:revoked", "missing:url"}
    everywhere |= {"copy_in_file", "unreadable", *(f"personal_information:{name}" for name in PERSONAL)}
    everywhere |= {f"hidden_characters:{name}" for name in HIDDEN}
    for stage in Stage:
        assert everywhere <= kinds[stage]
        assert len({kind for kind in kinds[stage] if kind.startswith("risk:")}) >= 20
    assert "missing:generator_version" in kinds[Stage.FINE_TUNING] - kinds[Stage.PRE_TRAINING]


def test_both_stages_have_every_kind_of_source_and_two_sources_a_language(built):
    for stage in Stage:
        sources = discover(built[0], stage)
        assert len({source.record.kind for source in sources}) == 4
        declared = Counter(source.record.fields.language for source in sources)
        assert all(declared[language] >= 2 for language in LANGUAGES)


def test_risk_texts_are_many_distinct_and_name_risks_of_the_standard():
    texts = risk_texts()
    assert len({text.text for text in texts}) == len(texts) >= 40
    known = set(load_edition().risk_ids)
    assert all(set(text.risks) <= known and text.language in LANGUAGES for text in texts)
    assert not any(risk in ("A.1.a", "A.1.b", "A.1.c") for text in texts for risk in text.risks)


def test_filler_uses_only_slots_that_exist():
    for language in LANGUAGES:
        slots, found = topics(language)
        for topic in found.values():
            assert len(topic.sentences) >= 9 and topic.questions
            used = re.findall(r"\{(\w+)\}", " ".join(topic.sentences + topic.questions))
            assert set(used) <= set(slots)


@pytest.mark.parametrize("category", sorted(PERSONAL))
def test_every_class_has_a_maker_and_sentences_in_both_languages(category):
    import random

    for language in LANGUAGES:
        assert numbers.statement(category, language, random.Random(1)) != numbers.statement(category, language, random.Random(2))
