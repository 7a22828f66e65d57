"""Drawn samples out to other tools and answers back: Label Studio JSON, JSONL, CSV.

Exports are blind: no labels, no answers of others. An import is all or nothing: every problem is named with its line, and
nothing is stored when there is one. Cells that a spreadsheet would run as formulas are neutralised on the way out and
restored on the way in, so a text that was changed anywhere in between is noticed and refused. Every item carries the version
of the guideline that it was exported under: its answers count under that one, and are refused when the rules are others now.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import quoteattr

from dataset_safety.review.errors import RefusedAnswer, RefusedImport
from dataset_safety.review.judging import Given, catch_up, judged, refresh
from dataset_safety.review.questions import Task
from dataset_safety.review.queue import Queue
from dataset_safety.review.reviewers import Reviewer
from dataset_safety.standard import load_edition
from dataset_safety.store.draws import save_judgements
from dataset_safety.store.facade import Store
from dataset_safety.store.spreadsheets import neutral, restored

FORMATS = ("label-studio", "jsonl", "csv")
LONGEST_FILE = 512 * 1024 * 1024
MOST_PROBLEMS = 20
MEND, ANEW = "mend the file or export again.", "export again, and judge by the guideline in force."
VERSION = re.compile("[0-9a-f]{16}")
FIXED = ("sample_id", "draw_id", "item_no", "language", "shown_sha256", "rules_version", "text")


@dataclass(frozen=True, slots=True)
class Line:
    """One answered sample of a file, with the line or task it stands in."""

    number: int
    fixed: Mapping[str, Any]
    answers: Mapping[str, str]
    categories: tuple[str, ...]
    note: str


def export(queue: Queue, form: str) -> str:
    """The drawn samples that have text, ready for another tool."""
    items = [_fixed(queue, number, sample) for number, sample in enumerate(queue.desk.ids, 1) if sample in queue.desk.places]
    if form == "label-studio":
        tasks = [{"data": {**item, "text": item["text"] or ""}} for item in items]
        return json.dumps(tasks, ensure_ascii=False, indent=1)
    blank = {question.id: "" for question in queue.task.questions}
    rows = [{**item, **blank, "categories": "", "note": ""} for item in items]
    if form == "jsonl":
        return "".join(json.dumps({**row, "categories": []}, ensure_ascii=False) + "\n" for row in rows)
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, fieldnames=[*FIXED, *blank, "categories", "note"])
    writer.writeheader()
    writer.writerows({name: neutral(str(value)) for name, value in row.items()} for row in rows)
    return "\ufeff" + out.getvalue()


def labelling_config(task: Task) -> str:
    """The labelling configuration that a Label Studio project needs for these tasks."""
    parts = ["<View>", '  <Text name="text" value="$text"/>']
    for question in task.questions:
        parts.append(f"  <Header value={quoteattr(question.en)}/>")
        parts.append(f'  <Choices name="{question.id}" toName="text" choice="single">')
        parts += [f'    <Choice value="{answer}"/>' for answer in (question.good, question.bad, "unsure", "cannot_read")]
        parts.append("  </Choices>")
    if task.categories:
        parts.append('  <Choices name="categories" toName="text" choice="multiple">')
        risks = load_edition("draft-2024-03").risks
        parts += [f'    <Choice value="{risk.id}" hint={quoteattr(risk.title_en)}/>' for risk in risks]
        parts.append("  </Choices>")
    return "\n".join([*parts, '  <TextArea name="note" toName="text"/>', "</View>", ""])


def import_answers(store: Store, queue: Queue, reviewer: Reviewer, content: bytes, form: str) -> int:
    """Store the answers of a file in the name of one reviewer, all or nothing; how many samples it answered."""
    lines = _lines(queue, content, form)
    problems: list[tuple[int, str]] = []
    risks = load_edition("draft-2024-03").risk_ids
    _refuse([*_misfits(queue, lines)])
    _refuse([*_outdated(queue, lines)], ANEW)
    with store.database.write() as connection:
        refresh(connection, queue)
        made = []
        for line in lines:
            try:
                given = Given(line.fixed["sample_id"], line.answers, line.categories, line.note)
                made += judged(queue, reviewer, given, risks, line.fixed["rules_version"])
            except RefusedAnswer as refused:
                problems.append((line.number, refused.message))
        _refuse(problems)
        if made:
            save_judgements(connection, made)
    catch_up(store, queue)
    return len(lines)


def _fixed(queue: Queue, number: int, sample: str) -> dict[str, Any]:
    row = queue.desk.row(sample)
    known = (sample, queue.desk.draw.draw_id, number, row["language"] or "")
    return dict(zip(FIXED, (*known, queue.desk.shown[sample], queue.desk.rules.version, row["text"] or ""), strict=True))


def _lines(queue: Queue, content: bytes, form: str) -> list[Line]:
    readers = (_of_label_studio, _of_jsonl, _of_csv)
    reading: dict[str, Callable[[Queue, str], Iterator[Line]]] = dict(zip(FORMATS, readers, strict=True))
    if len(content) > LONGEST_FILE:
        raise RefusedImport("the file is longer than any draw", hint="import the file that the other tool wrote.")
    try:
        lines = list(reading[form](queue, content.decode("utf-8-sig")))
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError, csv.Error):
        raise RefusedImport(f"the file is no {form} that `review export` could have begun", hint="check the format.") from None
    return [line for line in lines if line.answers]


def _of_jsonl(queue: Queue, text: str) -> Iterator[Line]:
    for number, stated in enumerate(text.split("\n"), 1):
        if stated.strip():
            row = json.loads(stated)
            answers = {one.id: str(row[one.id]) for one in queue.task.questions if row.get(one.id)}
            yield Line(number, row, answers, tuple(map(str, row.get("categories") or [])), str(row.get("note") or ""))


def _of_csv(queue: Queue, text: str) -> Iterator[Line]:
    csv.field_size_limit(LONGEST_FILE)
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    for row in reader:
        plain = {name: restored(cell) for name, cell in row.items() if isinstance(name, str) and isinstance(cell, str)}
        answers = {one.id: plain[one.id].strip() for one in queue.task.questions if plain.get(one.id, "").strip()}
        categories = tuple(plain.get("categories", "").replace(";", " ").split())
        yield Line(reader.line_num, plain, answers, categories, plain.get("note", ""))


def _of_label_studio(queue: Queue, text: str) -> Iterator[Line]:
    asked = {question.id for question in queue.task.questions}
    for number, task in enumerate(json.loads(text), 1):
        for annotation in task.get("annotations", []):
            if annotation.get("was_cancelled"):
                continue
            named = {result["from_name"]: result["value"] for result in annotation["result"]}
            answers = {name: value["choices"][0] for name, value in named.items() if name in asked and value.get("choices")}
            note = " ".join(named.get("note", {}).get("text", []))
            yield Line(number, task["data"], answers, tuple(named.get("categories", {}).get("choices", [])), note)


def _misfits(queue: Queue, lines: list[Line]) -> Iterator[tuple[int, str]]:
    seen: set[str] = set()
    for line in lines:
        name = str(line.fixed.get("sample_id"))
        if line.fixed.get("draw_id") != queue.desk.draw.draw_id:
            yield line.number, "belongs to another draw"
        elif name not in queue.desk.places:
            yield line.number, "no sample of this draw"
        elif name in seen:
            yield line.number, "answers a sample a second time"
        elif line.fixed.get("shown_sha256") != queue.desk.shown[name] or not _same_text(queue, name, line.fixed.get("text")):
            yield line.number, "the text was changed"
        seen.add(name)


def _outdated(queue: Queue, lines: list[Line]) -> Iterator[tuple[int, str]]:
    """Lines that were exported, and so judged, under other rules than those in force (clauses 1.6)."""
    rules = queue.desk.rules
    for line in lines:
        stated = line.fixed.get("rules_version")
        if not isinstance(stated, str) or not VERSION.fullmatch(stated):
            yield line.number, "names no version of the guideline"
        elif not rules.cover(stated):
            yield line.number, f"was exported under guideline {stated}, and {rules.version} is in force"


def _same_text(queue: Queue, sample: str, stated: Any) -> bool:
    """Spreadsheets change line ends and nothing else."""
    kept = queue.desk.row(sample)["text"] or ""
    return isinstance(stated, str) and stated.replace("\r\n", "\n") == kept.replace("\r\n", "\n")


def _refuse(problems: list[tuple[int, str]], hint: str = MEND) -> None:
    if problems:
        named = "; ".join(f"line {number}: {what}" for number, what in sorted(problems)[:MOST_PROBLEMS])
        raise RefusedImport(
            f"nothing was imported, {len(problems)} problems: {named}",
            hint=hint,
            problems=tuple(problems),
        )
