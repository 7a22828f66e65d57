"""Source information that a unit itself carries: copied verbatim (6.2 a 1), and the facts recognised in it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from dataset_safety.collection import strict_json
from dataset_safety.collection.errors import UnitRefused
from dataset_safety.collection.limits import KIB

META = ("meta", "metadata", "meta_info")
URLS = ("url", "source_url", "page_url", "web_url", "uri", "link", "WARC-Target-URI")
LICENCES = ("license", "licence", "license_type", "licenses", "max_stars_repo_licenses")
MOMENTS = ("retrieved_at", "date_acquired", "date_download", "crawl_date", "fetched_at", "WARC-Date", "timestamp")
MODELS = ("generated_by", "generator", "generation_model", "model", "model_name")
VERSIONS = ("model_version", "generator_version", "version")
ACQUIRED = ("acquired_at", "generated_at")
SOURCE_KEYS = frozenset(
    (*META, *URLS, *LICENCES, *MOMENTS, *MODELS, *VERSIONS, *ACQUIRED, "source", "origin", "dataset", "dataset_name", "copyright",
     "repo_name", "repository", "repo", "path", "ext", "document", "document_id", "doc_id", "snapshot", "title", "author",
     "authors", "publisher", "dynasty", "date", "language", "lang", "evidences", "filename", "content_type", "WARC-Record-ID")
)  # fmt: skip
USERS = (
    "user_id", "user", "uid", "userid", "user_name", "username", "openid", "identity_number", "id_number", "id_card", "phone",
    "mobile",
)  # fmt: skip
"""Keys that name a service user. They never go into embedded source information, whatever the source declares."""
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_SHORT = 8 * KIB
_REMOVED = "[user]"


def embedded_source(row: Mapping[str, Any], user: str | None) -> dict[str, Any] | None:
    """Copies of the keys that tell the source, without whatever names the service user."""
    keys = [key for key in row if key in SOURCE_KEYS and row[key] not in (None, "", [], {})]
    if not keys:
        return None
    copied = {key: without_user(jsonable(_opened(row[key])), user) for key in keys}
    return copied or None


def places(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The row and the tables of source information inside it."""
    yield row
    for key in META:
        value = _opened(row.get(key))
        if isinstance(value, dict):
            yield value


def address_of(row: Mapping[str, Any]) -> str | None:
    """The address of the page that the row came from."""
    for place in places(row):
        for key in (*URLS, "source"):
            value = place.get(key)
            if isinstance(value, str) and len(value) <= _SHORT and _ADDRESS.fullmatch(value.strip()):
                return value.strip()
    return None


def licence_of(row: Mapping[str, Any]) -> str | None:
    """The licence that the row names; several are joined by commas."""
    for place in places(row):
        for key in LICENCES:
            value = place.get(key)
            named = [value] if isinstance(value, str) else value if isinstance(value, list) else []
            names = [name.strip() for name in named if isinstance(name, str) and name.strip()]
            if names:
                return ", ".join(names)[:_SHORT]
    return None


def retrieved_of(row: Mapping[str, Any]) -> str | None:
    """When the row says it was retrieved; Unix times (seconds or milliseconds) become ISO 8601."""
    for place in places(row):
        for key in MOMENTS:
            moment = moment_text(place.get(key))
            if moment:
                return moment
    return None


def moment_text(value: Any) -> str | None:
    """A moment as text; strings stay as they are."""
    if isinstance(value, str) and value.strip():
        return value.strip()[:64]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 1e8 < value < 1e14:
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    return None


def generator_of(row: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Model, version and time of acquisition that the row names (7.2 b); a version counts only beside a model."""
    for place in places(row):
        model = next((name for key in MODELS if isinstance(held := place.get(key), str) and (name := held.strip())), None)
        if model:
            versions = (place.get(key) for key in VERSIONS)
            version = next((str(held) for held in versions if isinstance(held, (str, int, float)) and held), None)
            return model, version, next((moment for key in ACQUIRED if (moment := moment_text(place.get(key)))), None)
    return None, None, None


def user_of(row: Mapping[str, Any]) -> str | None:
    """The identity number of the service user, under the usual names."""
    for place in places(row):
        for key in USERS:
            value = place.get(key)
            if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
    return None


def jsonable(value: Any) -> Any:
    """A value of a Parquet or CSV row as JSON holds it; bytes are left out."""
    if isinstance(value, dict):
        return {str(key): jsonable(entry) for key, entry in value.items() if not isinstance(entry, bytes)}
    if isinstance(value, (list, tuple)):
        return [jsonable(entry) for entry in value if not isinstance(entry, bytes)]
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:
        return None  # NaN and infinities are no JSON
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value) if isinstance(value, Decimal) else None


def _opened(value: Any) -> Any:
    """JSON inside a string, as some sets keep their metadata."""
    if isinstance(value, str) and value[:1] == "{" and len(value) <= 64 * KIB:
        try:
            return strict_json.parse(value.encode("utf-8", "surrogatepass"))
        except UnitRefused:
            return value
    return value


def without_user(value: Any, user: str | None) -> Any:
    """A value without the user's number and without keys that name a user."""
    if isinstance(value, dict):
        return {
            key: without_user(entry, user)
            for key, entry in value.items()
            if key.lower() not in USERS and not (user and not isinstance(entry, (dict, list)) and str(entry).strip() == user)
        }
    if isinstance(value, list):
        return [without_user(entry, user) for entry in value]
    if isinstance(value, str) and user and len(user) >= 4 and user in value:
        return value.replace(user, _REMOVED)
    return _REMOVED if user and not isinstance(value, bool) and value is not None and str(value).strip() == user else value
