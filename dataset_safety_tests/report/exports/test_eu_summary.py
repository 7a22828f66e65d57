"""The draft of the EU summary: the template's sections, stored facts, and a marked blank for everything else."""

from __future__ import annotations

from dataclasses import replace

from dataset_safety.records import SourceKind
from dataset_safety.report.exports.eu_summary import summary
from dataset_safety.report.exports.facts import published
from dataset_safety.report.exports.html import to_html
from dataset_safety.report.exports.markdown import to_markdown
from dataset_safety.report.exports.page import Blank, Facts, Table
from dataset_safety.report.model import Volume
from dataset_safety_tests.report.made import RELEASE, SECRET


def section(page, begins):
    (found,) = [one for one in page.sections if one.title.startswith(begins)]
    return found


def test_it_has_the_sections_of_the_template(store):
    titles = [one.title.partition(" ")[0] for one in summary(published(store, RELEASE)).sections[1:]]
    assert titles == ["1.", "1.1", "1.2", "1.3", "2.", "2.1", "2.2", "2.3", "2.4", "2.5", "2.6", "3.", "3.1", "3.2", "3.3"]


def test_facts_of_provider_and_model_are_marked_blanks(store):
    page = summary(published(store, RELEASE))
    for number in ("1.1", "1.2"):
        assert all(isinstance(value, Blank) for block in section(page, number).blocks for _, value in block.rows)
    document = to_html(page)
    assert document.count("<mark>") == len(page.blanks) >= 10
    assert to_markdown(page).count("FILL IN") == len(page.blanks)
    assert SECRET not in document


def test_a_range_is_stated_only_where_the_counts_settle_it(store):
    facts = published(store, RELEASE)
    for volume, settled in ((Volume(5, 999_999_999), True), (Volume(5, 10**9), False)):
        page = summary(replace(facts, sources=[replace(facts.sources[0], kept={"text:en": volume, "audio": Volume(2, 10)})]))
        table = next(block for block in section(page, "1.3").blocks if isinstance(block, Table))
        assert table.rows[0][3] == "less than 1 billion tokens" if settled else isinstance(table.rows[0][3], Blank)
        assert isinstance(table.rows[1][3], Blank)


def test_the_largest_tenth_of_the_domains_is_named(store):
    facts = replace(
        published(store, RELEASE), domains={f"site{n}.example": Volume(1, 100 - n) for n in range(21)} | {"": Volume(4)}
    )
    told = section(summary(facts), "2.3")
    table = next(block for block in told.blocks if isinstance(block, Table))
    assert [row[0] for row in table.rows] == ["site0.example", "site1.example", "site2.example"]
    assert "4 samples from websites have no address" in told.blocks[-1].text


def test_sources_stand_in_the_section_of_their_kind(store):
    facts = published(store, RELEASE)
    one = facts.sources[0]
    made = {
        "2.1": replace(one, source_id="a", kind=SourceKind.ORGANISATION, name="Open texts", agreement="licence"),
        "2.2": replace(one, source_id="b", kind=SourceKind.ORGANISATION, name="Bought texts", agreement="purchase"),
        "2.4": replace(one, source_id="c", kind=SourceKind.SERVICE_USER, name="Chat service"),
        "2.6": replace(one, source_id="d", kind=SourceKind.SELF_PRODUCED, name="Own texts"),
    }
    generated = replace(one, source_id="e", kind=SourceKind.SELF_PRODUCED, name="Made texts", generated_by="model 1")
    page = summary(replace(facts, sources=[*made.values(), generated]))
    for number, source in made.items():
        named = [row[0] for block in section(page, number).blocks if isinstance(block, Table) for row in block.rows]
        assert named == [source.name]
    assert "Made texts" not in to_markdown(page)
    assert any(isinstance(block, Facts) for block in section(page, "2.4").blocks)
