"""What an ONNX file asks for, read before any runtime sees it (B.2: operators' models are untrusted).

A small reader of the protobuf wire format: it finds tensors whose data stand outside the file and operator domains that
are not standard, in the main graph, in subgraphs and in functions. It needs no package and runs nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from dataset_safety.classifier.errors import ModelRefused, ReadsOutside, UnknownOperators

__all__ = ["STANDARD_DOMAINS", "inspect"]

STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml", "com.microsoft"})
MAX_DEPTH = 32

# Fields that hold messages, by message (onnx.proto); what is not listed is skipped.
_CHILDREN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 25: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
_EXTERNAL_DATA, _DATA_LOCATION, _NODE_DOMAIN = 13, 14, 7
_LOCAL_DOMAINS_FIELD = 10  # FunctionProto.domain


def inspect(content: memoryview) -> None:
    """Refuse a model that reads outside itself or needs operators that are not standard."""
    domains: set[str] = set()
    own: set[str] = set()
    for kind, field, value in _messages("model", content, 0):
        if kind == "tensor" and (field == _EXTERNAL_DATA or (field == _DATA_LOCATION and value == 1)):
            raise ReadsOutside("the model keeps tensors in other files.", hint="save it with all data inside model.onnx.")
        if kind == "node" and field == _NODE_DOMAIN and isinstance(value, memoryview):
            domains.add(_name(value))
        if kind == "function" and field == _LOCAL_DOMAINS_FIELD and isinstance(value, memoryview):
            own.add(_name(value))
    foreign = sorted(domains - STANDARD_DOMAINS - own)
    if foreign:
        raise UnknownOperators(
            f"the model needs operators of {', '.join(map(repr, foreign))}.",
            hint="export it with standard operators.",
            domains=foreign,
        )


def _messages(kind: str, content: memoryview, depth: int) -> Iterator[tuple[str, int, int | memoryview]]:
    if depth > MAX_DEPTH:
        raise ModelRefused("graphs are nested too deeply in the model.", hint="export it without nested control flow.")
    for field, value in _fields(content):
        yield kind, field, value
        child = _CHILDREN[kind].get(field)
        if child is not None and isinstance(value, memoryview):
            yield from _messages(child, value, depth + 1)


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    place, end = 0, len(content)
    while place < end:
        key, place = _varint(content, place)
        wire = key & 7
        if wire == 0:
            number, place = _varint(content, place)
            yield key >> 3, number
            continue
        if wire == 2:
            length, place = _varint(content, place)
        elif wire in (1, 5):
            length = 8 if wire == 1 else 4
        else:
            raise _broken()
        if place + length > end:
            raise _broken()
        yield key >> 3, content[place : place + length]
        place += length


def _varint(content: memoryview, place: int) -> tuple[int, int]:
    number = shift = 0
    while place < len(content) and shift < 70:
        byte = content[place]
        number |= (byte & 0x7F) << shift
        place += 1
        if byte < 0x80:
            return number, place
        shift += 7
    raise _broken()


def _name(value: memoryview) -> str:
    return bytes(value[:200]).decode("utf-8", "replace")


def _broken() -> ModelRefused:
    return ModelRefused("model.onnx is not an ONNX file, or it is cut off.", hint="copy it again.")
