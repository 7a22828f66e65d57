"""What the filter does with samples that a person has not decided yet, and the facts of each source that it needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from dataset_safety.errors import ConfigurationError
from dataset_safety.records import Settled

FILTER_VERSION = "2"
CHOICES = ("hold", "keep")


@dataclass(frozen=True, slots=True)
class Policy:
    """``review`` and ``not_identified``: hold such samples until a person decides, or keep them."""

    review: str = "hold"
    not_identified: str = "hold"

    def __post_init__(self) -> None:
        for name in ("review", "not_identified"):
            if getattr(self, name) not in CHOICES:
                raise ConfigurationError(
                    f"policy {name}={getattr(self, name)!r} is unknown", hint="use 'hold' or 'keep'.", key=name
                )

    def as_dict(self) -> dict[str, Any]:
        """For the corpus' record and hash."""
        return {"version": FILTER_VERSION, **asdict(self)}


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What decides about every sample of one file of a source, besides the sample itself.

    ``barred`` names the reason why the agreement does not permit training (``agreement:expired``,
    ``licence:forbids_training``), or is empty. ``authorised`` holds the tokens of users whose authorisation for
    training is in force, ``revoked`` those who took it back. ``consented`` and ``consented_separately`` are
    classes of personal information for which a legal basis is on record (6.3 a, 6.3 b).
    """

    barred: str = ""
    needs_authorisation: bool = False
    authorised: frozenset[str] = frozenset()
    revoked: frozenset[str] = frozenset()
    consented: frozenset[str] = frozenset()
    consented_separately: frozenset[str] = frozenset()

    def as_dict(self) -> dict[str, Any]:
        """For the corpus' hash: sorted lists instead of sets."""
        return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class Case:
    """What one decision rests on; ``judged`` is what people settled about the sample, if they did."""

    outcome: str
    risks: Sequence[str]
    personal: Sequence[str]
    sensitive: Sequence[str]
    rights: str
    user_token: str | None
    facts: SourceFacts = field(default_factory=SourceFacts)
    judged: Settled | None = None
