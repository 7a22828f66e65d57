"""What a licence says about training (6.1 a 2, 6.2 c, 6.3 c): allowed, forbidden, or unclear with the reason.

An SPDX expression is parsed, never guessed: ``OR`` takes the best of its sides, ``AND`` the worst. A statement in
words is searched for explicit prohibitions and permissions. Unclear means that a person with knowledge of the law
has to decide; the reasons are what they start from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from license_expression import ExpressionError, Licensing, get_spdx_licensing

__all__ = ["Licence", "Training", "assess"]

Training = Literal["allowed", "forbidden", "unclear"]
_ORDER: tuple[Training, ...] = ("forbidden", "unclear", "allowed")

_PERMISSIVE = re.compile(
    r"(?:0BSD|AFL|Apache|Artistic|BSD|BSL|BlueOak|CC0|CC-BY(?!-NC|-ND|-SA)|CC-PDDC|CDLA-Permissive|ECL|EFL|FSFAP|HPND|ICU|ISC|"
    r"MIT|MIT-0|MS-PL|MulanPSL|NCSA|ODC-By|OFL|OGL|OGDL|O-UDA|PDDL|PostgreSQL|PSF|Python|TCL|UPL|Unicode|Unlicense|W3C|WTFPL|"
    r"X11|Zlib|etalab|libpng|LicenseRef-public-domain)(?:-|$)",
    re.IGNORECASE,
)
_SHARE_ALIKE = re.compile(
    r"(?:AGPL|CC-BY-SA|CDLA-Sharing|CECILL|CPL|EPL|EUPL|GFDL|GPL|LGPL|MPL|MS-RL|ODbL|OSL|SSPL|C-UDA)(?:-|$)", re.IGNORECASE
)
_NON_COMMERCIAL = re.compile(r"CC-BY-NC(?!-ND)|-NC(?:-|$)|NonCommercial|PolyForm-Noncommercial", re.IGNORECASE)
_NO_DERIVATIVES = re.compile(r"CC-BY-(?:NC-)?ND(?:-|$)", re.IGNORECASE)

# A licence in words. Prohibitions are looked for first; a denial in front of "training" is one.
_TRAINING_WORDS = (
    r"(?:(?:ai|machine[- ]learning|ml|llm|(?:large )?language model|model|generative ai|neural network)s?[- ]?"
    r"(?:\w+ ){0,3}?(?:training|development)|train(?:ing)? (?:\w+[- ]){0,5}?(?:models?|ai|llms?|networks?|systems?)|"
    r"text and data mining|data mining|tdm)"
)
_FORBIDS_EN = re.compile(
    rf"(?:\bnot\b|\bno\b|n't|\bprohibit\w*|\bforbid\w*|\bforbidden\b|\bwithout\b|\bexclud\w+|\breserv\w+)"
    rf"[^.;\n]{{0,80}}?{_TRAINING_WORDS}"
    rf"|{_TRAINING_WORDS}[^.;\n]{{0,60}}?(?:\bnot\b|\bprohibited\b|\bforbidden\b|\breserved\b|\bexcluded\b)",
    re.IGNORECASE,
)
_FORBIDS_ZH = re.compile(
    r"(?:不得|禁止|严禁|不允许|不可|未经[^。；\n]{0,12}(?:许可|授权|同意)[^。；\n]{0,8}不得|拒绝|谢绝)[^。；\n]{0,24}"
    r"(?:训练|机器学习|大模型|人工智能|AI|数据挖掘)|(?:训练|数据挖掘)[^。；\n]{0,12}(?:除外|被禁止)",
    re.IGNORECASE,
)
_PERMITS = re.compile(
    rf"(?:\bmay\b|\bcan\b|\bpermit\w*|\ballow\w*|\bgrant\w*|\blicensed for\b|\bagrees?\b)[^.;\n]{{0,80}}?{_TRAINING_WORDS}"
    r"|(?:同意|授权|许可|允许|可以?用于|可)[^。；\n]{0,24}(?:训练|机器学习|大模型)|\bpublic domain\b|公有领域|公共领域",
    re.IGNORECASE,
)
_RESTRICTS = re.compile(
    r"non-?commercial|research (?:use |purposes? )?only|仅[供限用于]{1,2}[^。；\n]{0,8}(?:研究|学习|学术|非商业)"
    r"|非商业",
    re.IGNORECASE,
)
_RESERVES = re.compile(r"all rights reserved|版权所有|保留所有权利|翻印必究|proprietary|confidential|保密", re.IGNORECASE)
_LONGEST = 20_000  # a statement beyond this is a document; a person reads it


@dataclass(frozen=True, slots=True)
class Licence:
    """The assessment of one licence; ``expression`` is normalised, and empty for a statement in words."""

    expression: str
    known: bool
    training: Training
    reasons: tuple[str, ...]


@lru_cache(maxsize=4096)
def assess(stated: str) -> Licence:
    """Assess an SPDX expression or a statement in words."""
    text = stated.strip()
    if not text:
        return Licence("", False, "unclear", ("no licence is stated",))
    parsed = _parsed(text)
    if parsed is None:
        training, reason = _of_statement(text[:_LONGEST])
        return Licence("", False, training, (reason,))
    training, reasons = _of_expression(parsed)
    return Licence(parsed.render(), not any(reason.startswith("unknown") for reason in reasons), training, tuple(reasons))


@lru_cache(maxsize=1)
def _licensing() -> Licensing:
    return get_spdx_licensing()


def _parsed(text: str) -> Any | None:
    """The expression tree, or None when the text is no expression."""
    if len(text) > 300 or "\n" in text or not text.isascii():
        return None
    try:
        tree = _licensing().parse(text, validate=False)
    except (ExpressionError, ValueError):
        return None
    if tree is None:
        return None
    keys = _licensing().unknown_license_keys(tree)
    return None if keys and not all(re.fullmatch(r"LicenseRef-[\w.\-]+", key) for key in keys) and " " in text else tree


def _of_expression(tree: Any) -> tuple[Training, list[str]]:
    """Walk the tree: the best side of OR, the worst side of AND, a WITH by its licence."""
    licensing = _licensing()
    if isinstance(tree, (licensing.OR, licensing.AND)):
        sides = [_of_expression(side) for side in tree.args]
        choose = max if isinstance(tree, licensing.OR) else min
        value = choose((training for training, _ in sides), key=_ORDER.index)
        return value, [reason for training, reasons in sides if training == value for reason in reasons]
    key = str(getattr(tree, "license_symbol", tree).key)
    training, reason = _of_key(key, known=key in licensing.known_symbols)
    return training, [reason]


def _of_key(key: str, *, known: bool) -> tuple[Training, str]:
    if not known and not key.lower().startswith("licenseref-"):
        return "unclear", f"unknown licence {key[:80]}"
    if _NO_DERIVATIVES.match(key):
        return "forbidden", f"{key} forbids adapted material (ND)"
    if re.search(r"no-?(?:ai|training|tdm)", key, re.IGNORECASE):
        return "forbidden", f"{key} forbids training"
    if _NON_COMMERCIAL.search(key):
        return "unclear", f"{key} permits non-commercial use only (NC)"
    if _PERMISSIVE.match(key):
        return "allowed", f"{key} permits use, copying and adaptation"
    if _SHARE_ALIKE.match(key):
        return "allowed", f"{key} permits adaptation under the same terms; notices have to be kept"
    return "unclear", f"{key} is not assessed"


def _of_statement(text: str) -> tuple[Training, str]:
    if _FORBIDS_EN.search(text) or _FORBIDS_ZH.search(text):
        return "forbidden", "the statement forbids training or data mining"
    if _RESTRICTS.search(text):
        return "unclear", "the statement limits the use to research or non-commercial purposes"
    if _PERMITS.search(text):
        return "allowed", "the statement permits training"
    if _RESERVES.search(text):
        return "unclear", "all rights are reserved; no permission for training is stated"
    return "unclear", "the statement says nothing about training"
