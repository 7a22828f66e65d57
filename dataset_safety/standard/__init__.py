"""The standard as data, sections 5 to 8 with Appendices A and B: risks, clauses, thresholds, editions, verdict values."""

from dataset_safety.standard.clauses import Clause, ClauseKind, Modality, Section, Severity
from dataset_safety.standard.edition import Edition
from dataset_safety.standard.errors import (
    LoosenedThreshold,
    MalformedEdition,
    MalformedName,
    StandardError,
    UnknownClause,
    UnknownEdition,
    UnknownRisk,
    UnknownThreshold,
)
from dataset_safety.standard.loading import DEFAULT_EDITION, known_editions, load_edition
from dataset_safety.standard.names import check_name, clause_id, rerun_id, section_of
from dataset_safety.standard.overlays import tightened
from dataset_safety.standard.risks import Risk
from dataset_safety.standard.stages import Stage
from dataset_safety.standard.thresholds import Thresholds
from dataset_safety.standard.verdicts import VerdictValue, worst

__all__ = [
    "DEFAULT_EDITION",
    "Clause",
    "ClauseKind",
    "Edition",
    "LoosenedThreshold",
    "MalformedEdition",
    "MalformedName",
    "Modality",
    "Risk",
    "Section",
    "Severity",
    "Stage",
    "StandardError",
    "Thresholds",
    "UnknownClause",
    "UnknownEdition",
    "UnknownRisk",
    "UnknownThreshold",
    "VerdictValue",
    "check_name",
    "clause_id",
    "known_editions",
    "load_edition",
    "rerun_id",
    "section_of",
    "tightened",
    "worst",
]
