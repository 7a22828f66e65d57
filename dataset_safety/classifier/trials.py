"""What was tried beside what ships (B.2), as data of the model card: ``trials.toml``, one table a trial."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["Trial", "trials"]

FILE = Path(__file__).resolve().parent / "trials.toml"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: ``what`` was changed, measured ``on`` which sets, its ``figures``, the ``verdict``, and how to run it again."""

    what: str
    on: str
    figures: str
    verdict: str
    command: str = ""

    def document(self) -> dict[str, str]:
        """As it stands in the card."""
        return asdict(self)

    def line(self) -> str:
        """For people."""
        return f"{self.what}. {self.on}: {self.figures}. {self.verdict}." + (f" (`{self.command}`)" if self.command else "")


@lru_cache(maxsize=1)
def trials() -> tuple[Trial, ...]:
    """All trials in the order of the file."""
    return tuple(Trial(**found) for found in tomllib.loads(FILE.read_text(encoding="utf-8"))["trial"])
