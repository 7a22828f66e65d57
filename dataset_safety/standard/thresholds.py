"""Every number and choice of an edition that a rule of evaluation reads; each knows which way is stricter.

A profile writes them in sections (``[sample] manual_min = 4000``); here they stand side by side, so that
``edition.thresholds.manual_min`` reads like the clause. Percentages are integers, because rules compare integers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from dataset_safety.standard.clauses import Modality
from dataset_safety.standard.stages import Stage


class Stricter(StrEnum):
    """Which change of a threshold asks for more; any other change is refused in an overlay."""

    HIGHER = "higher"
    LOWER = "lower"
    MORE = "a longer list"
    FEWER = "a shorter list"
    SHALL = "shall instead of should"
    ON = "true instead of false"
    NONE = "no change"


Count = Annotated[int, Field(strict=True, ge=0), Stricter.HIGHER]
Positive = Annotated[int, Field(strict=True, ge=1), Stricter.HIGHER]
Percent = Annotated[int, Field(strict=True, ge=0, le=100), Stricter.HIGHER]
Ceiling = Annotated[int, Field(strict=True, ge=0), Stricter.LOWER]
Days = Annotated[int, Field(strict=True, ge=1), Stricter.LOWER]
Limit = Annotated[int, Field(strict=True, ge=1), Stricter.LOWER]
PercentCeiling = Annotated[int, Field(strict=True, ge=0, le=100), Stricter.LOWER]
OptionalCeiling = Annotated[Annotated[int, Field(strict=True, ge=0, le=100)] | None, Stricter.LOWER]
Verb = Annotated[Modality, Stricter.SHALL]
Switch = Annotated[bool, Field(strict=True), Stricter.ON]
Fixed = Annotated[str, Stricter.NONE]
Duties = Annotated[tuple[str, ...], Stricter.MORE]


class Thresholds(BaseModel):
    """Keys of a profile; the alias of a field is its dotted key in the profile."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    # 8.2.1 to 8.3.3: sizes of draws and shares that have to be met
    collection_min: Positive = Field(alias="sample.collection_min")
    metadata_min: Positive = Field(alias="sample.metadata_min")
    metadata_strata: Fixed = Field(alias="sample.metadata_strata")
    risk_record_min: Positive = Field(alias="sample.risk_record_min")
    ipr_record_min: Positive = Field(alias="sample.ipr_record_min")
    genai_min: Positive = Field(alias="sample.genai_min")
    manual_min: Positive = Field(alias="sample.manual_min")
    manual_ok_pct: Percent = Field(alias="sample.manual_ok_pct")
    technical_min_pct: Percent = Field(alias="sample.technical_min_pct")
    technical_ok_pct: Percent = Field(alias="sample.technical_ok_pct")
    technical_methods_min: Positive = Field(alias="sample.technical_methods_min")
    manual_population: Fixed = Field(alias="sample.manual_population")
    small_population: Fixed = Field(alias="sample.small_population")
    unit_text: Fixed = Field(alias="sample.unit.text")
    unit_dialogue: Fixed = Field(alias="sample.unit.dialogue")
    unit_code: Fixed = Field(alias="sample.unit.code")
    unit_image: Fixed = Field(alias="sample.unit.image")
    unit_audio: Fixed = Field(alias="sample.unit.audio")
    unit_video: Fixed = Field(alias="sample.unit.video")
    # 8.2.3 a 3: works of others
    ipr_manual_min: Positive = Field(alias="ipr.manual_min")
    ipr_tolerance: Ceiling = Field(alias="ipr.tolerance")
    # 6.1 b: sources per type of data
    min_sources_per_type: Positive = Field(alias="source.min_per_type")
    source_type_key: Fixed = Field(alias="source.type_key")
    source_key: Fixed = Field(alias="source.source_key")
    source_type_min_samples: Ceiling = Field(alias="source.type_min_samples")
    source_reject_pct: OptionalCeiling = Field(None, alias="source.reject_pct")
    source_reject_before: Switch = Field(alias="source.reject_before")
    source_reject_after: Switch = Field(alias="source.reject_after")
    source_foreign_mix: Annotated[Literal["none", "report"], Stricter.NONE] = Field(alias="source.foreign_mix")
    source_foreign_open_share_max: OptionalCeiling = Field(None, alias="source.foreign_open_share_max")
    # B.1 and B.2
    keyword_total_min: Count = Field(alias="keyword.total_min")
    keyword_total_modality: Verb = Field(alias="keyword.total_modality")
    keyword_update_max_days: Days = Field(alias="keyword.update_max_days")
    keyword_update_modality: Verb = Field(alias="keyword.update_modality")
    classifier_required_risks: Count = Field(alias="classifier.required_risks")
    classifier_probe_min_recall_pct: Percent = Field(alias="classifier.probe_min_recall_pct")
    # 6.3 a and b: personal information
    pi_bases: Annotated[tuple[str, ...], Stricter.FEWER] = Field(alias="pi.bases")
    pi_sensitive_bases: Annotated[tuple[str, ...], Stricter.FEWER] = Field(alias="pi.sensitive_bases")
    pi_sensitive: Duties = Field(alias="pi.sensitive")
    pi_guardian_age: Count = Field(alias="pi.guardian_age")
    # 7.1 b and 7.2 b: generated content
    genai_applies_to: Annotated[tuple[Stage, ...], Stricter.MORE] = Field(alias="genai.applies_to")
    genai_required_fields: Duties = Field(alias="genai.required_fields")
    # 7.2 c: labelling
    labelling_standard: Fixed = Field(alias="labelling.standard")
    labelling_roles: Duties = Field(alias="labelling.roles")
    labelling_safety_per_risk_min: Count = Field(alias="labelling.safety_per_risk_min")
    labelling_safety_share_min_pct: Percent = Field(alias="labelling.safety_share_min_pct")
    labelling_safety_void_pct: PercentCeiling = Field(alias="labelling.safety_void_pct")
    labelling_judged_on: Fixed = Field(alias="labelling.judged_on")
    # 5 and 8.1: how long records are kept and how long evidence stays fresh
    log_retention_days: Positive = Field(alias="log.retention_days")
    ttl_probe_days: Days = Field(alias="ttl.probe_days")
    ttl_alert_probe_days: Days = Field(alias="ttl.alert_probe_days")
    ttl_document_days: Days = Field(alias="ttl.document_days")
    ttl_roster_days: Days = Field(alias="ttl.roster_days")
    ttl_drill_days: Days = Field(alias="ttl.drill_days")
    # R.5.d and 8.1 b 4: who has to stand ready and how fast
    emergency_team_min: Positive = Field(alias="emergency.team_min")
    emergency_drill_ack_max_minutes: Limit = Field(alias="emergency.drill_ack_max_minutes")
    emergency_incident_ack_max_hours: Limit = Field(alias="emergency.incident_ack_max_hours")
    emergency_incident_open_max_days: Days = Field(alias="emergency.incident_open_max_days")
    # whether what the draft only recommends ("should") is held as hard as what it demands
    strict_should: Switch = Field(alias="verdict.strict_should")
