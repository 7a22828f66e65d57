"""Licences of the ledger in the words of other registries: SPDX expressions, and the ids of dataset cards."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dataset_safety.collection.agreements import unknown_licences

OTHER, NOT_STATED = "other", "not-stated"
CARD_IDS = frozenset({
    "afl-3.0", "agpl-3.0", "apache-2.0", "artistic-2.0", "bsd", "bsd-2-clause", "bsd-3-clause", "bsd-3-clause-clear",
    "bsl-1.0", "c-uda", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0",
    "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "cc-by-nd-4.0",
    "cc-by-sa-3.0", "cc-by-sa-4.0", "cc0-1.0", "cdla-permissive-1.0", "cdla-permissive-2.0", "cdla-sharing-1.0", "ecl-2.0",
    "epl-1.0", "epl-2.0", "etalab-2.0", "eupl-1.1", "eupl-1.2", "gfdl", "gpl-2.0", "gpl-3.0", "isc", "lgpl-2.1", "lgpl-3.0",
    "lppl-1.3c", "mit", "mpl-2.0", "ms-pl", "ncsa", "odbl", "odc-by", "ofl-1.1", "osl-3.0", "pddl", "postgresql", "unlicense",
    "wtfpl", "zlib",
})  # fmt: skip
"""Ids that dataset cards of the Hugging Face Hub know, as far as SPDX has the same licence."""

_RENAMED = {"odbl-1.0": "odbl", "odc-by-1.0": "odc-by", "pddl-1.0": "pddl"}
_VARIANT = re.compile(r"^(a?gpl-[\d.]+|lgpl-[\d.]+)-(?:only|or-later)$")
_GFDL = re.compile(r"^gfdl-1\.\d(?:-.*)?$")
_WORDS = re.compile(r"[a-z0-9.]+")
_SIMPLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]*")


def known_expression(expression: str) -> str:
    """The SPDX expression if it is one and SPDX knows every licence in it; empty otherwise."""
    return expression if expression and unknown_licences(expression) == [] else ""


def card_id(expression: str) -> str:
    """The id of one SPDX licence in a dataset card; ``other`` where cards have none for it."""
    low = expression.lower()
    low = _RENAMED.get(low, low)
    low = _VARIANT.sub(r"\1", low)
    low = "gfdl" if _GFDL.match(low) else low
    return low if low in CARD_IDS else OTHER


def card_licence(expressions: Iterable[str]) -> dict[str, str]:
    """``license`` of a dataset card, with ``license_name`` where it is ``other``: mixed, stated for a part only, or unknown."""
    found = sorted(set(expressions))
    if len(found) != 1:
        return {"license": OTHER, "license_name": "mixed" if found else NOT_STATED}
    known = card_id(found[0])
    return {"license": known} if known != OTHER else {"license": OTHER, "license_name": _named(found[0])}


def _named(expression: str) -> str:
    return "-".join(_WORDS.findall(expression.lower())) or NOT_STATED


def licence_address(expression: str) -> str:
    """Where SPDX shows a single licence; empty for a compound expression."""
    simple = _SIMPLE.fullmatch(expression) is not None and not expression.startswith("LicenseRef-")
    return f"https://spdx.org/licenses/{expression}.html" if simple else ""
