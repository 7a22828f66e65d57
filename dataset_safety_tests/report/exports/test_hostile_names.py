"""The shared hostile texts, and hostile names, in every format: text, and nothing else."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from dataset_safety.records import SourceKind
from dataset_safety.report.exports.card import card
from dataset_safety.report.exports.facts import published
from dataset_safety.report.exports.formats import Format
from dataset_safety.report.exports.markdown import inline, plain
from dataset_safety.report.exports.writing import documents
from dataset_safety_tests.hostile import TEXTS
from dataset_safety_tests.report.made import RELEASE, parsed, stored

NAMES = [json.loads(line) for line in (Path(__file__).parent.parent / "hostile_names.jsonl").read_text().splitlines()]
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff\U000e0000-\U000e007f\x00-\x09\x0b-\x1f\x7f-\x9f]")
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def shape(tokens):
    """Everything of parsed Markdown except for its text."""
    for token in tokens:
        if token.type not in ("text", "text_special", "softbreak"):
            yield token.type, token.tag, tuple(token.attrs or ())
        yield from shape(token.children or ())


def said(tokens):
    return "".join(token.content for token in tokens if not token.children and token.type in ("text", "text_special"))


def test_hostile_names_are_text_in_every_format(store):
    written = all_documents(published(store, RELEASE))
    plain_shapes = {name: shaped(name, content) for name, content in written.items()}
    for number, hostile in enumerate(TEXTS, 1):
        release_id = stored(store, title=hostile or "-", why=hostile or "-", release_id=f"{number:064x}")
        facts = published(store, release_id)
        for name, content in all_documents(facts).items():
            assert not HIDDEN.search(content), (number, name)
            assert shaped(name, content) == plain_shapes[name], (number, name)
        delivered = replace(facts, sources=[replace(facts.sources[0], kind=SourceKind.ORGANISATION)])
        assert front_matter(card(delivered))["source_datasets"] == [facts.sources[0].name and plain(facts.sources[0].name)]


def all_documents(facts):
    made = {name: content for form in Format for name, content in documents(form, facts).items()}
    return {name: content.decode() for name, content in made.items()}


def shaped(name, content):
    """What of a document others must not be able to change."""
    if name.endswith(".json"):
        return sorted(json.loads(content))
    if name.endswith(".csv"):
        return len(content.splitlines())
    if name.endswith(".html"):
        tags = parsed(content)
        return tags.elements, tags.other
    if content.startswith("---\n"):
        return sorted(front_matter(content)), list(shape(READER.parse(content.split("---\n", 2)[2])))
    return list(shape(READER.parse(content)))


def front_matter(content):
    return yaml.safe_load(content.split("---\n", 2)[1])


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_is_one_line_of_text(name):
    assert_text(name)


@given(st.text(max_size=60))
def test_a_line_of_markdown_says_its_text_and_nothing_more(text):
    assert_text(text)


def assert_text(text):
    tokens = READER.parse(f"- **x**: {inline(text)}\n\n{inline(text) or 'x'}\n")
    kinds = {kind for kind, _, _ in shape(tokens)}
    assert kinds <= {
        "bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close", "paragraph_open", "paragraph_close",
        "inline", "strong_open", "strong_close",
    }  # fmt: skip
    last = [token for token in tokens if token.type == "inline"][-1]
    assert said(last.children) == (plain(text) or "x")
