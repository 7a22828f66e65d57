"""Shapes of rows: one text a record, turns as spans, facts of origin, and never the user's number."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.json_elements import read_elements
from dataset_safety.collection.lines import Oversized, read_lines
from dataset_safety.collection.rows import RowReader
from dataset_safety.collection.shapes import recognise
from dataset_safety.collection.sources import SourceRecord


def source(kind: str = "organisation", **tables: object) -> SourceRecord:
    return SourceRecord.model_validate({"stage": "fine_tuning", "source_id": "shapes", "kind": kind, **tables})


USER, ASSISTANT = "user", "assistant"


def message(role: str, content: object) -> dict[str, object]:
    return {"role": role, "content": content}


def said(who: str, value: str) -> dict[str, str]:
    return {"from": who, "value": value}


SHAPES = {
    "instruction": ({"instruction": "i", "input": "x", "output": "o"}, [(USER, "i"), (USER, "x"), (ASSISTANT, "o")]),
    "instruction without input": ({"instruction": "i", "input": "", "output": "o"}, [(USER, "i"), (ASSISTANT, "o")]),
    "history": (
        {"instruction": "i", "output": "o", "history": [["q", "a"]], "system": "s"},
        [("system", "s"), (USER, "q"), (ASSISTANT, "a"), (USER, "i"), (ASSISTANT, "o")],
    ),
    "messages": (
        {"messages": [message("system", "s"), message("user", "u"), message("assistant", "a")]},
        [("system", "s"), (USER, "u"), (ASSISTANT, "a")],
    ),
    "typed text": (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "u"}, {"type": "image_url", "image_url": "x"}]}]},
        [(USER, "u")],
    ),
    "typed value": (
        {"messages": [{"role": "assistant", "content": [{"type": "reasoning", "value": "r"}, {"type": "text", "value": "a"}]}]},
        [(ASSISTANT, "r\na")],
    ),
    "label": ({"messages": [{"role": "user", "content": "u"}], "label": True}, [(USER, "u")]),
    "conversations": (
        {"conversations": [{"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}], "tools": "[]"},
        [("tools", "[]"), (USER, "u"), (ASSISTANT, "a")],
    ),
    "tool calls": (
        {"conversations": [said("human", "u"), said("function_call", "f"), said("observation", "b")]},
        [(USER, "u"), ("tool_call", "f"), ("tool", "b")],
    ),
    "chosen and rejected messages": (
        {"conversations": [said("human", "u")], "chosen": said("gpt", "c"), "rejected": said("gpt", "r")},
        [(USER, "u"), ("chosen", "c"), ("rejected", "r")],
    ),
    "prompt, chosen, rejected": (
        {"prompt": "p", "chosen": "c", "rejected": "r"},
        [(USER, "p"), ("chosen", "c"), ("rejected", "r")],
    ),
    "chosen repeats the prompt": (
        {
            "prompt": "p",
            "chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "c"}],
            "rejected": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}],
        },
        [(USER, "p"), ("chosen", "c"), ("rejected", "r")],
    ),
    "question and answer": ({"question": "q", "answer": "a", "id": 3}, [(USER, "q"), (ASSISTANT, "a")]),
    "question and std_answer": ({"question": "q", "std_answer": "a", "class": "code"}, [(USER, "q"), (ASSISTANT, "a")]),
    "question and reference": ({"question": "q", "reference": "a"}, [(USER, "q"), (ASSISTANT, "a")]),
    "prompt and response": ({"prompt": "q", "response": "a"}, [(USER, "q"), (ASSISTANT, "a")]),
    "context, question, answers": (
        {"context": "c", "question": "q", "answers": {"text": ["a", "b"], "answer_start": [1, 2]}},
        [(USER, "c"), (USER, "q"), (ASSISTANT, "a"), (ASSISTANT, "b")],
    ),
    "parallel lists": (
        {"input": ["a", "b"], "output": ["c", "d"]},
        [(USER, "a"), (ASSISTANT, "c"), (USER, "b"), (ASSISTANT, "d")],
    ),
    "instances": (
        {"instruction": "i", "instances": [{"input": "x", "output": "o"}, {"input": "", "output": "p"}]},
        [(USER, "i"), (USER, "x"), (ASSISTANT, "o"), (ASSISTANT, "p")],
    ),
    "bare list of messages": ([message("user", "u"), message("assistant", "a")], [(USER, "u"), (ASSISTANT, "a")]),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_gives_its_turns(shape):
    value, turns = SHAPES[shape]
    reading = recognise(value)
    assert [(role, reading.text[start:end]) for role, start, end in reading.turns] == turns
    assert reading.text == "\n\n".join(content for _, content in turns)


def test_plain_texts_and_works():
    assert recognise({"content": "c", "title": "t"}).text == "c"
    assert recognise({"contents": "c"}).text == "c"
    assert recognise("a line").text == "a line"
    poem = {"title": "静夜思", "author": "李白", "paragraphs": ["床前明月光，", "疑是地上霜。"]}
    assert recognise(poem).text == "静夜思\n李白\n床前明月光，\n疑是地上霜。"
    nested = {"title": "书", "content": [{"title": "卷一", "content": [{"chapter": "篇", "paragraphs": ["文"]}]}]}
    assert recognise(nested).text == "书\n卷一\n篇\n文"
    with pytest.raises(UnitRefused, match="empty_text"):
        recognise({"title": "t", "paragraphs": []})


def test_the_users_number_enters_neither_text_nor_source_information():
    row = {
        "text": "words", "author": "U-12345", "name": "U-12345", "url": "https://a.example/u/U-12345",
        "meta": {"uid": "U-12345", "who": "U-12345", "note": "by U-12345", "lang": "en", "phone": "13800000000"},
    }  # fmt: skip
    unit = RowReader(source("service_user", fields={"user": "meta.uid"})).unit(row)
    assert unit.user == "U-12345" and "12345" not in repr(unit)
    assert unit.url == "https://a.example/u/[user]"
    assert unit.embedded_source["meta"] == {"note": "by [user]", "lang": "en"}
    reader = RowReader(source("service_user", fields={"user": "author"}))
    work = reader.unit({"author": "77881", "title": "t", "paragraphs": ["p"]})
    assert (work.user, work.text) == ("77881", "t\np")


def test_a_number_is_found_in_users_data_without_a_declaration_only_there():
    row = {
        "messages": [{"role": "user", "content": "hi"}],
        "user_id": 4711,
        "meta": {"user_id": 4711, "url": "https://a.example/"},
    }
    assert RowReader(source("service_user")).unit(row).user == "4711"
    elsewhere = RowReader(source()).unit(row)
    assert elsewhere.user is None and elsewhere.embedded_source == {"meta": {"url": "https://a.example/"}}


def test_declared_places_win_over_recognised_ones():
    fields = {
        "text": "data.body", "url": "data.at", "language_field": "data.l", "model": "m.name", "version": "m.v",
        "acquired_at": "m.t", "licence": "lic", "retrieved_at": "data.when",
    }  # fmt: skip
    row = {
        "text": "no", "data": {"body": "yes", "at": "https://b.example/", "l": "de", "when": 1700000000}, "url": "https://a.example/",
        "m": {"name": "x-large", "v": 2.5, "t": "2025-01-02"}, "lic": "CC0-1.0",
    }  # fmt: skip
    unit = RowReader(source(fields=fields)).unit(row)
    assert (unit.text, unit.url, unit.declared_language, unit.licence) == ("yes", "https://b.example/", "de", "CC0-1.0")
    assert (unit.generated_model, unit.generated_version, unit.acquired_at) == ("x-large", "2.5", "2025-01-02")
    assert unit.retrieved_at == "2023-11-14T22:13:20+00:00"


def test_a_model_named_in_a_dialogue_made_it_but_a_model_of_a_car_did_not():
    dialogue = {"prompt": "p", "response": "r", "model": "m-1", "model_version": "2024-08"}
    assert RowReader(source()).unit(dialogue).generated_version == "2024-08"
    assert RowReader(source()).unit({"text": "a good car", "model": "T"}).generated_model is None


def test_prose_that_begins_like_code_stays_prose():
    essay = "# Copyright\n\nThis essay asks who owns a text.\nIt has no simple answer.\nNobody knows."
    for text in (essay, "// a note", "<p>words</p>"):
        assert RowReader(source()).unit({"text": text}).modality == "text"
    program = "#!/bin/sh\n# Copyright\nset -e\necho hello\n"
    assert RowReader(source()).unit({"text": program}).modality == "code"


SCALARS = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


class Pieces:
    """A stream that hands out bytes by pieces of one size."""

    def __init__(self, data: bytes, size: int) -> None:
        self.data, self.size = data, size

    def read(self, size: int, /) -> bytes:
        piece, self.data = self.data[: self.size], self.data[self.size :]
        return piece


@settings(max_examples=150, deadline=None)
@given(st.lists(JSON, max_size=6), st.integers(1, 40), st.sampled_from([None, 0, 2]), st.integers(4, 60))
def test_elements_of_an_array_are_its_elements_however_the_bytes_arrive(values, piece, indent, limit):
    raw = json.dumps(values, ensure_ascii=False, indent=indent).encode()
    found = list(read_elements(Pieces(raw, piece), limit))
    assert len(found) == len(values)
    for value, (offset, element) in zip(values, found, strict=True):
        if isinstance(element, Oversized):
            assert element.length > limit
        else:
            assert json.loads(element) == value
            assert raw[offset:].startswith(element)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=30)), st.integers(1, 20), st.integers(1, 12))
def test_lines_are_the_lines_however_the_bytes_arrive(parts, piece, limit):
    raw = b"\n".join(parts)
    expected = raw.split(b"\n")
    expected = expected[:-1] if expected[-1] == b"" else expected
    found = list(read_lines(Pieces(raw, piece), limit))
    assert [line.length if isinstance(line, Oversized) else len(line) for _, line in found] == [len(line) for line in expected]
    for (offset, line), whole in zip(found, expected, strict=True):
        assert raw[offset : offset + len(whole)] == whole
        assert isinstance(line, Oversized) == (len(whole) > limit)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_no_json_value_breaks_the_recognition(value):
    try:
        unit = RowReader(source(fields={"user": "user"})).unit(value)
    except UnitRefused as refused:
        assert refused.reason in ("no_text", "empty_text", "wrong_type", "nul_character")
    else:
        assert unit.text.strip()
