"""Settings of the refresh: ``HOME/keywords.toml``; without the file the defaults of Appendix B.1 and its gate hold."""

from __future__ import annotations

import tomllib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dataset_safety.keywords.errors import InvalidSettings
from dataset_safety.store.home import Home

FILE = "keywords.toml"


class CanaryLimits(BaseModel):
    """What a candidate may at most do to a sample of the corpus; shares are parts of ten thousand."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: int = Field(default=20_000, ge=1, le=500_000, description="size of the sample of the corpus")
    entry_hits: int = Field(default=50, ge=0, le=10_000, description="documents that one new entry may hit (0.5 %)")
    entry_hits_of_source: int = Field(default=500, ge=0, le=10_000, description="the same of any one source (5 %)")
    newly_blocked: int = Field(default=100, ge=0, le=10_000, description="documents that may be newly blocked (1 %)")
    neutral_drop: int = Field(default=20, ge=0, le=10_000, description="loss of neutral texts that pass (0.2 points)")
    least_hits: int = Field(default=3, ge=1, description="fewer hits than this refuse nothing: a small sample says little")


class Settings(BaseModel):
    """Keys of ``keywords.toml``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    approvers: Literal[1, 2] = Field(default=2, description="people who have to sign; 1 is printed in every statement")
    expiry_days: int = Field(default=14, ge=1, le=90, description="how long a candidate may wait for its signatures")
    urgent_minutes: int = Field(default=60, ge=1, description="limit of the urgent path, from proposal to active")
    sources: tuple[str, ...] = Field(default=(), description="https:// or file:// addresses of .tsv or draft .txt files")
    source_bytes: int = Field(default=16 << 20, ge=1, le=256 << 20, description="largest file taken from a source")
    source_seconds: int = Field(default=30, ge=1, le=600, description="longest time for one source")
    homophones: bool = Field(default=False, description="look for keywords written by their sound; costs 6 to 10 % of a scan")
    canary: CanaryLimits = CanaryLimits()


def read_settings(home: Home) -> Settings:
    """The settings of a home."""
    path = home.root / FILE
    if not path.is_file():
        return Settings()
    try:
        return Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        hint = f"known keys: {', '.join(Settings.model_fields)}."
        raise InvalidSettings(f"{FILE}, {key}: {first['msg']}.", hint=hint, key=key) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidSettings(f"{FILE} is no TOML: {error}.", hint="see https://toml.io.", key="") from None
