"""Appendix A: the risks that training data are searched for."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class Risk(BaseModel):
    """One of the 29 risks, ``A.1.a`` to ``A.4.g``.

    ``title_en`` is the translation's wording; ``title_zh`` is ours, unofficial. ``keyword_min`` is the floor of
    B.1 b for the library (0: no keyword duty). ``scope_note`` says where bundled material covers less than the
    title; ``carried_by`` names the detector, record or person that carries a risk whose evidence lies outside text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"A\.[0-9]\.[a-z]")
    title_en: str
    title_zh: str
    keyword_min: int = Field(default=0, ge=0)
    classifier_required: bool = True
    counts_for: tuple[str, ...] = ("sampling",)
    detectors: tuple[str, ...]
    human: str
    bundled_decides: bool = True
    scope_note: str = ""
    carried_by: str = ""

    @property
    def group(self) -> str:
        """The chapter of Appendix A: ``A.1`` to ``A.4``."""
        return self.id.rpartition(".")[0]


class RiskGroup(BaseModel):
    """A chapter of Appendix A, such as A.2 Contains Discriminatory Content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"A\.[0-9]")
    title_en: str
    title_zh: str
