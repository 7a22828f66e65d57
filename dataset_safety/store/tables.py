"""All tables. Evidence tables are append-only: triggers refuse UPDATE and DELETE (see ``migrations``).

Digests are SHA-256 in hexadecimal; times are ISO 8601 in UTC; JSON columns hold canonical JSON text.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

DIGEST = String(64)
COUNT = BigInteger
APPEND_ONLY = ("audit_event", "judgement", "verdict", "activation", "evidence", "draw", "release_draw")

release = Table(
    "release",
    metadata,
    Column("release_id", DIGEST, primary_key=True),
    Column("stage", String(20), nullable=False, index=True),
    Column("label", String(128)),
    Column("ledger_digest", DIGEST, nullable=False),
    Column("inbox", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
)

release_source = Table(
    "release_source",
    metadata,
    Column("release_id", DIGEST, ForeignKey("release.release_id"), primary_key=True),
    Column("source_id", String(128), primary_key=True),
    Column("kind", String(20), nullable=False),
    Column("record", Text, nullable=False),
)

release_shard = Table(
    "release_shard",
    metadata,
    Column("release_id", DIGEST, ForeignKey("release.release_id"), primary_key=True),
    Column("source_id", String(128), primary_key=True),
    Column("name", String(1024), primary_key=True),
    Column("sha256", DIGEST, nullable=False),
    Column("size_bytes", COUNT, nullable=False),
    Column("shard_key", DIGEST, nullable=False, index=True),
)

annotation = Table(
    "annotation",
    metadata,
    Column("shard_key", DIGEST, primary_key=True),
    Column("units", COUNT, nullable=False),
    Column("samples", COUNT, nullable=False),
    Column("quarantined", COUNT, nullable=False),
    Column("skipped", Text, nullable=False),
    Column("quarantine_object", DIGEST, nullable=False),
    Column("created_at", String(40), nullable=False),
    CheckConstraint("units = samples + quarantined", name="accounting"),
)

annotation_part = Table(
    "annotation_part",
    metadata,
    Column("shard_key", DIGEST, ForeignKey("annotation.shard_key"), primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("object", DIGEST, nullable=False, index=True),
    Column("samples", COUNT, nullable=False),
    Column("text_bytes", COUNT, nullable=False),
    Column("digest", DIGEST, nullable=False),
)

recipe = Table(
    "recipe",
    metadata,
    Column("recipe", DIGEST, primary_key=True),
    Column("content", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
)

labelling = Table(
    "labelling",
    metadata,
    Column("part", DIGEST, primary_key=True),
    Column("recipe", DIGEST, ForeignKey("recipe.recipe"), primary_key=True),
    Column("object", DIGEST, nullable=False),
    Column("samples", COUNT, nullable=False),
    Column("digest", DIGEST, nullable=False),
    Column("counts", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
)

corpus = Table(
    "corpus",
    metadata,
    Column("corpus_id", DIGEST, primary_key=True),
    Column("release_id", DIGEST, ForeignKey("release.release_id"), nullable=False, index=True),
    Column("recipe", DIGEST, ForeignKey("recipe.recipe"), nullable=False),
    Column("policy", Text, nullable=False),
    Column("population", DIGEST, nullable=False),
    Column("kept", COUNT, nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("identity", DIGEST),
    Column("drawn_population", DIGEST),
)

corpus_shard = Table(
    "corpus_shard",
    metadata,
    Column("corpus_id", DIGEST, ForeignKey("corpus.corpus_id"), primary_key=True),
    Column("source_id", String(128), primary_key=True),
    Column("name", String(1024), primary_key=True),
    Column("units", COUNT, nullable=False),
    Column("kept", COUNT, nullable=False),
    Column("removed", COUNT, nullable=False),
    Column("held", COUNT, nullable=False),
    Column("quarantined", COUNT, nullable=False),
    Column("skipped", Text, nullable=False),
    CheckConstraint("units = kept + removed + held + quarantined", name="accounting"),
    CheckConstraint("kept >= 0 AND removed >= 0 AND held >= 0 AND quarantined >= 0", name="not_negative"),
)

corpus_part = Table(
    "corpus_part",
    metadata,
    Column("corpus_id", DIGEST, ForeignKey("corpus.corpus_id"), primary_key=True),
    Column("shard_key", DIGEST, primary_key=True),
    Column("ordinal", Integer, primary_key=True),
    Column("part", DIGEST, nullable=False),
    Column("labels", DIGEST, nullable=False),
    Column("kept_object", DIGEST, nullable=False),
    Column("excluded_object", DIGEST, nullable=False),
    Column("kept", COUNT, nullable=False),
    Column("excluded", COUNT, nullable=False),
)

finding_count = Table(
    "finding_count",
    metadata,
    Column("corpus_id", DIGEST, ForeignKey("corpus.corpus_id"), primary_key=True),
    Column("source_id", String(128), primary_key=True),
    Column("risk", String(16), primary_key=True),
    Column("method", String(16), primary_key=True),
    Column("effect", String(16), primary_key=True),
    Column("category", String(64), primary_key=True),
    Column("samples", COUNT, nullable=False),
)

draw = Table(
    "draw",
    metadata,
    Column("draw_id", DIGEST, primary_key=True),
    Column("release_id", DIGEST, ForeignKey("release.release_id"), nullable=False, index=True),
    Column("stage", String(20), nullable=False),
    Column("purpose", String(64), nullable=False),
    Column("population", DIGEST, nullable=False, index=True),
    Column("population_size", COUNT, nullable=False),
    Column("size", COUNT, nullable=False),
    Column("census", Integer, nullable=False),
    Column("seed", DIGEST, nullable=False),
    Column("algorithm", String(64), nullable=False),
    Column("items_object", DIGEST, nullable=False),
    Column("reason", Text, nullable=False),
    Column("operator", String(128), nullable=False),
    Column("created_at", String(40), nullable=False),
    Column("rules", String(64), nullable=False, server_default=""),
)

release_draw = Table(
    "release_draw",
    metadata,
    Column("use_id", Integer, primary_key=True, autoincrement=True),
    Column("release_id", DIGEST, ForeignKey("release.release_id"), nullable=False, index=True),
    Column("draw_id", DIGEST, ForeignKey("draw.draw_id"), nullable=False, index=True),
    Column("created_at", String(40), nullable=False),
)

judgement = Table(
    "judgement",
    metadata,
    Column("judgement_id", Integer, primary_key=True, autoincrement=True),
    Column("draw_id", DIGEST, ForeignKey("draw.draw_id"), nullable=False, index=True),
    Column("sample_id", DIGEST, nullable=False, index=True),
    Column("question", String(64), nullable=False),
    Column("answer", String(64), nullable=False),
    Column("categories", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("reviewer", String(128), nullable=False),
    Column("role", String(32), nullable=False),
    Column("rules_version", String(64), nullable=False),
    Column("shown_sha256", DIGEST, nullable=False),
    Column("started_at", String(40), nullable=False),
    Column("finished_at", String(40), nullable=False),
    Column("supersedes", Integer),
)

verdict = Table(
    "verdict",
    metadata,
    Column("verdict_id", Integer, primary_key=True, autoincrement=True),
    Column("assessment", DIGEST, nullable=False, index=True),
    Column("evidence", DIGEST, nullable=False),
    Column("release_id", DIGEST, ForeignKey("release.release_id"), nullable=False, index=True),
    Column("stage", String(20), nullable=False),
    Column("clause", String(64), nullable=False),
    Column("value", String(20), nullable=False),
    Column("content", Text, nullable=False),
    Column("population", DIGEST, nullable=False),
    Column("edition", DIGEST, nullable=False),
    Column("created_at", String(40), nullable=False),
    UniqueConstraint("assessment", "clause"),
)

artifact = Table(
    "artifact",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("version", DIGEST, primary_key=True),
    Column("object", DIGEST),
    Column("facts", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
)

activation = Table(
    "activation",
    metadata,
    Column("activation_id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False, index=True),
    Column("version", DIGEST, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", String(40), nullable=False),
)

evidence = Table(
    "evidence",
    metadata,
    Column("evidence_id", Integer, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("clause", String(64), nullable=False, index=True),
    Column("subject", String(256), nullable=False),
    Column("content", Text, nullable=False),
    Column("collected_at", String(40), nullable=False),
    Column("valid_until", String(40)),
)

audit_event = Table(
    "audit_event",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", String(40), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(256), nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", DIGEST, nullable=False, unique=True),
    Column("hash", DIGEST, nullable=False),
)

Index("ix_verdict_latest", verdict.c.release_id, verdict.c.verdict_id)
