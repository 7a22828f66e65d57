"""Strict JSON: one parser for everything, so that no two readers see different values in the same bytes.

Refused with a reason: bytes that are not UTF-8, duplicate keys, lone surrogates, NaN and infinities (also by overflow),
nesting beyond the limit, and whatever is no JSON.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from dataset_safety.collection.errors import UnitRefused

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_BRACKETS = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|([\[{])|([\]}])', re.DOTALL)  # linear: possessive


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise UnitRefused("duplicate_key")
    return record


def _refuse_constant(_: str) -> Any:
    raise UnitRefused("not_a_number", "NaN and infinities are no JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise UnitRefused("not_a_number", "a number beyond the range of doubles")
    return number


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse_constant, parse_float=_finite)


def _too_deep(raw: bytes, depth: int) -> bool:
    level = 0
    for match in _BRACKETS.finditer(raw):
        kind = match.lastindex
        level += 1 if kind == 1 else -1 if kind == 2 else 0
        if level > depth:
            return True
    return False


def parse(raw: bytes, depth: int = 128) -> Any:
    """The value of one JSON text in UTF-8."""
    if raw.count(b"[") + raw.count(b"{") > depth and _too_deep(raw, depth):
        raise UnitRefused("too_deep", f"more than {depth} levels of nesting")
    try:
        value = _DECODER.decode(raw.decode("utf-8"))
        if b"\\u" in raw and _SURROGATE.search(raw):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeDecodeError as error:
        raise UnitRefused("bad_utf8", f"at byte {error.start} of the unit") from None
    except UnicodeEncodeError:
        raise UnitRefused("lone_surrogate") from None
    except RecursionError:
        raise UnitRefused("too_deep") from None
    except json.JSONDecodeError as error:
        raise UnitRefused("invalid_json", f"at character {error.pos} of the unit") from None
    except ValueError:
        raise UnitRefused("invalid_json", "a number with too many digits") from None
    return value
