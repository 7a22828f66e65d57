"""The two stages of data that the standard treats apart (3.5, 3.6)."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """Pre-training data (section 6, 8.2) or fine-tuning data (section 7, 8.3)."""

    PRE_TRAINING = "pre_training"
    FINE_TUNING = "fine_tuning"
