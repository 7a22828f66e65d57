"""From one record (a JSON value, a table row) to one unit: text, turns, and the facts of its origin (6.2 a, 7.2 b)."""

from __future__ import annotations

from typing import Any

import jmespath

from dataset_safety.collection import embedded
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.html import page_text
from dataset_safety.collection.programs import is_program_row, looks_like_program
from dataset_safety.collection.shapes import Reading, recognise
from dataset_safety.collection.sources import EXPRESSIONS, SourceRecord
from dataset_safety.collection.units import Unit
from dataset_safety.records import SourceKind


class RowReader:
    """Reads records of one file; built once from the record that holds for the file (``SourceRecord.for_file``)."""

    def __init__(self, record: SourceRecord) -> None:
        fields = record.fields
        self._paths = {key: jmespath.compile(path) for key in EXPRESSIONS if (path := getattr(fields, key)) is not None}
        self._language = fields.language
        self._generated = record.generated
        self._from_users = record.kind is SourceKind.SERVICE_USER
        self._bare = not self._paths and self._generated is None

    def records(self, value: Any) -> list[Any]:
        """The records inside one JSON value: the value itself unless ``fields.records`` points inside."""
        if "records" not in self._paths:
            return [value]
        found = self._search("records", value)
        if found is None:
            raise UnitRefused("no_records", "fields.records finds nothing")
        return found if isinstance(found, list) else [found]

    def unit(self, value: Any, offset: int | None = None) -> Unit:
        """The unit of one record, or ``UnitRefused``."""
        if self._bare and type(value) is dict and len(value) == 1 and type(text := value.get("text")) is str:
            _check_text(text)  # the plain shape of pre-training rows; nothing else to look for
            modality = "code" if looks_like_program(text) else "text"
            return Unit(byte_offset=offset, text=text, modality=modality, declared_language=self._language)
        user = self._user(value) if isinstance(value, dict) else None
        if user:  # the number never becomes part of a text, whichever key holds it
            value = {key: held for key, held in value.items() if isinstance(held, (dict, list)) or str(held).strip() != user}
        reading = self._reading(value)
        if reading.markup:
            reading = Reading(page_text(reading.text))
        _check_text(reading.text)
        unit = Unit(byte_offset=offset, text=reading.text, turns=reading.turns, user=user)
        if isinstance(value, dict):
            if not reading.turns and (is_program_row(value) or looks_like_program(reading.text)):
                unit.modality = "code"
            self.add_facts(unit, value)
        else:
            self._add_source_facts(unit)
        return unit

    def add_facts(self, unit: Unit, row: dict[str, Any]) -> None:
        """The facts of origin that a row carries, and below them those of its source."""
        unit.user = unit.user or self._user(row)
        unit.url = self._declared("url", row) if "url" in self._paths else embedded.address_of(row)
        unit.retrieved_at = self._moment("retrieved_at", row) if "retrieved_at" in self._paths else embedded.retrieved_of(row)
        unit.licence = self._declared("licence", row) if "licence" in self._paths else embedded.licence_of(row)
        unit.declared_language = self._declared("language_field", row)
        if any(key in self._paths for key in ("model", "version", "acquired_at")):
            unit.generated_model = self._declared("model", row)
            unit.generated_version = self._declared("version", row)
            unit.acquired_at = self._moment("acquired_at", row)
        elif unit.turns:
            unit.generated_model, unit.generated_version, unit.acquired_at = embedded.generator_of(row)
        self._add_source_facts(unit)
        unit.url = embedded.without_user(unit.url, unit.user)
        unit.embedded_source = embedded.embedded_source(row, unit.user)

    def _add_source_facts(self, unit: Unit) -> None:
        unit.declared_language = unit.declared_language or self._language
        if self._generated is not None:
            unit.generated_model = unit.generated_model or self._generated.model
            unit.generated_version = unit.generated_version or self._generated.version
            unit.acquired_at = unit.acquired_at or self._generated.acquired_at

    def _reading(self, value: Any) -> Reading:
        if "text" not in self._paths:
            return recognise(value)
        found = self._search("text", value)
        if isinstance(found, str):
            return Reading(found)
        if isinstance(found, list) and found and all(isinstance(part, str) for part in found):
            return Reading("\n".join(found))
        if isinstance(found, list) and found:
            return recognise(found)
        if found is None or found == []:
            raise UnitRefused("no_text", "fields.text finds nothing")
        raise UnitRefused("wrong_type", f"fields.text finds a {type(found).__name__}, not text")

    def _user(self, row: dict[str, Any]) -> str | None:
        return self._declared("user", row) or (embedded.user_of(row) if self._from_users else None)

    def _declared(self, key: str, row: Any) -> str | None:
        if key not in self._paths:
            return None
        found = self._search(key, row)
        if isinstance(found, bool) or not isinstance(found, (str, int, float)):
            return None
        return str(found).strip() or None

    def _moment(self, key: str, row: Any) -> str | None:
        return embedded.moment_text(self._search(key, row)) if key in self._paths else None

    def _search(self, key: str, value: Any) -> Any:
        try:
            return self._paths[key].search(value)
        except (jmespath.exceptions.JMESPathError, RecursionError):
            raise UnitRefused("wrong_type", f"fields.{key} cannot be applied to this record") from None


def _check_text(text: str) -> None:
    if "\0" in text:
        raise UnitRefused("nul_character")
    if not text or text.isspace():
        raise UnitRefused("empty_text")


def text_unit(record: SourceRecord, text: str, offset: int | None, *, modality: str = "text") -> Unit:
    """The unit of a text that carries no facts of its own: a line, a file, a page."""
    _check_text(text)
    generated = record.generated
    return Unit(
        byte_offset=offset,
        text=text,
        modality=modality,
        declared_language=record.fields.language,
        generated_model=generated.model if generated else None,
        generated_version=generated.version if generated else None,
        acquired_at=generated.acquired_at if generated else None,
    )
