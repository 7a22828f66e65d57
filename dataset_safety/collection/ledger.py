"""Rules of the source ledger (8.2.1, 8.3.1): which facts of 6.1 and 7.1 are missing, and which command adds them.

Pure rules over source records and facts about their documents; the clock and the folders are read by the caller.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from dataset_safety.collection.agreements import agreement_bar, agreement_gaps, attached_documents, review_gaps
from dataset_safety.collection.authorisations import USE, Authorisation, authorisations
from dataset_safety.collection.sources import SourceRecord
from dataset_safety.records import SourceKind
from dataset_safety.standard.stages import Stage

__all__ = [
    "Authorisation", "FactGap", "agreement_bar", "attached_documents", "authorisations", "domain_of", "fact_gaps",
    "is_web_address", "page_address_gap", "source_key", "url_key",
]  # fmt: skip

PLACEHOLDERS = frozenset({"", "-", "--", "?", "n/a", "na", "none", "null", "unknown", "tbd", "todo", "xxx", "test", "未知", "无"})
NO_VERSION = PLACEHOLDERS | {"latest", "newest", "current", "最新"}
_HOST = re.compile(r"(?=.{4,253}$)(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class FactGap:
    """One missing or wrong fact of one source. ``file`` is the pattern of the ``[[files]]`` entry that it concerns, if any."""

    source_id: str
    key: str
    clause: str
    remedy: str
    why: str = ""
    file: str = ""


def fact_gaps(
    record: SourceRecord, documents: Mapping[str, str], stage: Stage, at: date, granted: Sequence[Authorisation] | None = None
) -> list[FactGap]:
    """All gaps of one source on a day.

    ``documents`` are the hashes of its papers that are there (``attached_documents``), ``granted`` its authorisation
    records if they were read. 7.1 b is asked of fine-tuning data only.
    """
    made = stage is Stage.FINE_TUNING
    gaps = list(_origin_gaps(record, at, documents, granted))
    gaps.extend(_gap(record, key, "6.1.d", why) for key, why in review_gaps(record))
    gaps.extend(_generated_gaps(record, "") if made else ())
    for override in record.files:
        if override.generated is not None and made:
            gaps.extend(_generated_gaps(record.with_override(override), override.match))
        if override.agreement is not None or override.origin is not None:
            gaps.extend(
                FactGap(gap.source_id, gap.key, gap.clause, gap.remedy, gap.why, override.match)
                for gap in _origin_gaps(record.with_override(override), at, documents, granted)
            )
    return list(dict.fromkeys(gaps))


def _origin_gaps(
    record: SourceRecord, at: date, documents: Mapping[str, str], granted: Sequence[Authorisation] | None
) -> Iterator[FactGap]:
    if record.kind is SourceKind.WEBSITE and not is_web_address(record.origin.url):
        why = "it is no web address" if record.origin.url else "the address of the site is missing"
        yield _gap(record, "origin.url", "6.1.a.1", why)
    elif record.kind is SourceKind.ORGANISATION:
        for key in ("dataset_name", "organisation"):
            if _empty(getattr(record.origin, key)):
                yield _gap(record, f"origin.{key}", "6.1.a.2", "it is missing")
        for key, why in agreement_gaps(record, documents, at):
            yield _gap(record, key, "6.1.a.2", why)
    elif record.kind is SourceKind.SERVICE_USER:
        yield from _user_gaps(record, documents, granted)


def _user_gaps(record: SourceRecord, documents: Mapping[str, str], granted: Sequence[Authorisation] | None) -> Iterator[FactGap]:
    if _empty(record.origin.service_name):
        yield _gap(record, "origin.service_name", "6.1.a.3", "the service is not named")
    if record.fields.user is None:
        yield _gap(record, "fields.user", "6.1.a.3", "it is not said where the identity number of the user stands")
    declared = record.authorisation
    if declared is None or declared.records is None or declared.records not in documents:
        yield _gap(record, "authorisation.records", "6.1.a.3", "the authorisation records of the users are not there")
    elif granted is not None and not granted:
        yield _gap(record, "authorisation.records", "6.1.a.3", "the file holds no authorisation")
    if declared is None or declared.document is None or declared.document not in documents:
        yield _gap(record, "authorisation.document", "6.1.a.3", "the text that the users agreed to is not there")
    if declared is None or _empty(declared.text_version):
        yield _gap(record, "authorisation.text_version", "6.1.a.3", "the version of that text is not recorded")


def _generated_gaps(record: SourceRecord, file: str) -> Iterator[FactGap]:
    """7.1 b: model or service, its version, time of acquisition; facts that stand in each row are not asked of the source."""
    made = record.generated
    if made is None:
        return
    if _empty(made.model) and _empty(made.service) and record.fields.model is None:
        yield _gap(record, "generated.model", "7.1.b", "model and service are not named", file)
    if (made.version or "").strip().casefold() in NO_VERSION and record.fields.version is None:
        yield _gap(record, "generated.version", "7.1.b", "a moving name is no version" if made.version else "it is missing", file)
    if made.acquired_at is None and record.fields.acquired_at is None:
        yield _gap(record, "generated.acquired_at", "7.1.b", "the time of acquisition is missing", file)


def page_address_gap(record: SourceRecord, units: int, with_address: int) -> FactGap | None:
    """6.1 c for one web source, from counts of its units: the gap when a unit has no address of its page."""
    if record.kind is not SourceKind.WEBSITE or with_address >= units:
        return None
    why = f"{units - with_address} of {units} units have no address of their page"
    return _gap(record, "fields.url", "6.1.c", why)


def _gap(record: SourceRecord, key: str, clause: str, why: str, file: str = "") -> FactGap:
    return FactGap(record.source_id, key, clause, _remedy(record, key, file), why, file)


def _remedy(record: SourceRecord, key: str, file: str) -> str:
    """What to do, as the command or the line of ``source.toml``."""
    source = record.source_id
    if key in ("agreement.document", "agreement.sha256"):
        return f"dataset-safety ledger add-document {source} FILE"
    if key in ("authorisation.document", "authorisation.records"):
        table, _, name = key.partition(".")
        return f'put the file into the folder of {source} and name it: [{table}] {name} = "FILE"'
    if key.startswith("reviews."):
        subject = key.partition(".")[2]
        entry = f'[[reviews]] of = "{subject}", reviewer, date, result = "passed", document'
        return f"review it and add {entry} to source.toml of {source}"
    if key == "agreement.valid_until":
        return f"renew it: dataset-safety ledger add-document {source} FILE, or record survives_expiry = true with its page"
    if key == "agreement.spdx":
        return f"state the SPDX identifier in [agreement] spdx of {source}, or an agreement whose scope contains {USE!r}"
    if key == "fields.url":
        return f"say where the address stands: [fields] url of {source}; rows without one cannot be kept as web data"
    table, _, name = key.partition(".")
    place = f'[[files]] match = "{file}", {table}.{name}' if file else f"[{table}] {name}"
    return f"add {place} to source.toml of {source}"


def source_key(record: SourceRecord) -> str | None:
    """What counts as one source in 6.1 b: legal entity, registrable domain, or service; None when nothing tells it."""
    origin = record.origin
    named = origin.legal_entity
    if named is None and record.kind is SourceKind.WEBSITE:
        return url_key(origin.url)
    if named is None and record.kind is SourceKind.SERVICE_USER:
        return f"service:{_folded(origin.service_name)}" if origin.service_name and not _empty(origin.service_name) else None
    if named is None and record.kind is SourceKind.ORGANISATION:
        named = origin.organisation
    if named is None and record.kind is SourceKind.SELF_PRODUCED:
        return "entity:self"
    return f"entity:{_folded(named)}" if named and not _empty(named) else None


def url_key(url: str | None) -> str | None:
    """What counts as one source for a web page: its registrable domain; None for what is no web address."""
    domain = domain_of(url)
    return f"domain:{domain}" if domain else None


def domain_of(url: str | None) -> str | None:
    """The registrable domain of a web address, by the public suffix list that courlan ships."""
    if not is_web_address(url):
        return None
    from courlan import extract_domain

    found: str | None = extract_domain(str(url))
    return found.casefold() if found else None


def is_web_address(url: str | None) -> bool:
    """An absolute http(s) address with a public host name: no IP address, no local name."""
    try:
        parts = urlsplit((url or "").strip())
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() not in ("http", "https") or not host:
        return False
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return _HOST.fullmatch(host) is not None and not host.endswith((".local", ".localhost", ".internal", ".invalid", ".test"))
    return False


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _empty(value: str | None) -> bool:
    return (value or "").strip().casefold() in PLACEHOLDERS
