"""The first schema: ledger, shards, corpora, draws, judgements, verdicts, artifacts, evidence, audit log."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = ("audit_event", "judgement", "verdict", "activation", "evidence", "draw")


def upgrade() -> None:
    """Create the tables and the triggers that keep evidence append-only."""
    op.create_table(
        "activation",
        sa.Column("activation_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("activation_id", name=op.f("pk_activation")),
    )
    op.create_index(op.f("ix_activation_kind"), "activation", ["kind"], unique=False)
    op.create_table(
        "annotation",
        sa.Column("shard_key", sa.String(length=64), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.Column("quarantine_object", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.CheckConstraint("units = samples + quarantined", name=op.f("ck_annotation_accounting")),
        sa.PrimaryKeyConstraint("shard_key", name=op.f("pk_annotation")),
    )
    op.create_table(
        "artifact",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_artifact")),
    )
    op.create_table(
        "audit_event",
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("previous", name=op.f("uq_audit_event_previous")),
    )
    op.create_table(
        "evidence",
        sa.Column("evidence_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("clause", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("collected_at", sa.String(length=40), nullable=False),
        sa.Column("valid_until", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("evidence_id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_clause"), "evidence", ["clause"], unique=False)
    op.create_table(
        "recipe",
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("recipe", name=op.f("pk_recipe")),
    )
    op.create_table(
        "release",
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=128), nullable=True),
        sa.Column("ledger_digest", sa.String(length=64), nullable=False),
        sa.Column("inbox", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release")),
    )
    op.create_index(op.f("ix_release_stage"), "release", ["stage"], unique=False)
    op.create_table(
        "annotation_part",
        sa.Column("shard_key", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("text_bytes", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["shard_key"], ["annotation.shard_key"], name=op.f("fk_annotation_part_shard_key")),
        sa.PrimaryKeyConstraint("shard_key", "ordinal", name=op.f("pk_annotation_part")),
    )
    op.create_index(op.f("ix_annotation_part_object"), "annotation_part", ["object"], unique=False)
    op.create_table(
        "corpus",
        sa.Column("corpus_id", sa.String(length=64), nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False),
        sa.Column("population", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["recipe"], ["recipe.recipe"], name=op.f("fk_corpus_recipe")),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_corpus_release_id")),
        sa.PrimaryKeyConstraint("corpus_id", name=op.f("pk_corpus")),
    )
    op.create_index(op.f("ix_corpus_release_id"), "corpus", ["release_id"], unique=False)
    op.create_table(
        "draw",
        sa.Column("draw_id", sa.String(length=64), nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("population", sa.String(length=64), nullable=False),
        sa.Column("population_size", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("census", sa.Integer(), nullable=False),
        sa.Column("seed", sa.String(length=64), nullable=False),
        sa.Column("algorithm", sa.String(length=64), nullable=False),
        sa.Column("items_object", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("operator", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_draw_release_id")),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_draw")),
    )
    op.create_index(op.f("ix_draw_population"), "draw", ["population"], unique=False)
    op.create_index(op.f("ix_draw_release_id"), "draw", ["release_id"], unique=False)
    op.create_table(
        "labelling",
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("recipe", sa.String(length=64), nullable=False),
        sa.Column("object", sa.String(length=64), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["recipe"], ["recipe.recipe"], name=op.f("fk_labelling_recipe")),
        sa.PrimaryKeyConstraint("part", "recipe", name=op.f("pk_labelling")),
    )
    op.create_table(
        "release_shard",
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("shard_key", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_release_shard_release_id")),
        sa.PrimaryKeyConstraint("release_id", "source_id", "name", name=op.f("pk_release_shard")),
    )
    op.create_index(op.f("ix_release_shard_shard_key"), "release_shard", ["shard_key"], unique=False)
    op.create_table(
        "release_source",
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_release_source_release_id")),
        sa.PrimaryKeyConstraint("release_id", "source_id", name=op.f("pk_release_source")),
    )
    op.create_table(
        "verdict",
        sa.Column("verdict_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("assessment", sa.String(length=64), nullable=False),
        sa.Column("evidence", sa.String(length=64), nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("clause", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("population", sa.String(length=64), nullable=False),
        sa.Column("edition", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_verdict_release_id")),
        sa.PrimaryKeyConstraint("verdict_id", name=op.f("pk_verdict")),
        sa.UniqueConstraint("assessment", "clause", name=op.f("uq_verdict_assessment_clause")),
    )
    op.create_index(op.f("ix_verdict_assessment"), "verdict", ["assessment"], unique=False)
    op.create_index("ix_verdict_latest", "verdict", ["release_id", "verdict_id"], unique=False)
    op.create_index(op.f("ix_verdict_release_id"), "verdict", ["release_id"], unique=False)
    op.create_table(
        "corpus_part",
        sa.Column("corpus_id", sa.String(length=64), nullable=False),
        sa.Column("shard_key", sa.String(length=64), nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=64), nullable=False),
        sa.Column("labels", sa.String(length=64), nullable=False),
        sa.Column("kept_object", sa.String(length=64), nullable=False),
        sa.Column("excluded_object", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("excluded", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpus.corpus_id"], name=op.f("fk_corpus_part_corpus_id")),
        sa.PrimaryKeyConstraint("corpus_id", "shard_key", "ordinal", name=op.f("pk_corpus_part")),
    )
    op.create_table(
        "corpus_shard",
        sa.Column("corpus_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=1024), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("removed", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("quarantined", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kept >= 0 AND removed >= 0 AND held >= 0 AND quarantined >= 0", name=op.f("ck_corpus_shard_not_negative")
        ),
        sa.CheckConstraint("units = kept + removed + held + quarantined", name=op.f("ck_corpus_shard_accounting")),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpus.corpus_id"], name=op.f("fk_corpus_shard_corpus_id")),
        sa.PrimaryKeyConstraint("corpus_id", "source_id", "name", name=op.f("pk_corpus_shard")),
    )
    op.create_table(
        "finding_count",
        sa.Column("corpus_id", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(length=128), nullable=False),
        sa.Column("risk", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=16), nullable=False),
        sa.Column("effect", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("samples", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["corpus_id"], ["corpus.corpus_id"], name=op.f("fk_finding_count_corpus_id")),
        sa.PrimaryKeyConstraint("corpus_id", "source_id", "risk", "method", "effect", "category", name=op.f("pk_finding_count")),
    )
    op.create_table(
        "judgement",
        sa.Column("judgement_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("draw_id", sa.String(length=64), nullable=False),
        sa.Column("sample_id", sa.String(length=64), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.String(length=128), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("rules_version", sa.String(length=64), nullable=False),
        sa.Column("shown_sha256", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.String(length=40), nullable=False),
        sa.Column("finished_at", sa.String(length=40), nullable=False),
        sa.Column("supersedes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.draw_id"], name=op.f("fk_judgement_draw_id")),
        sa.PrimaryKeyConstraint("judgement_id", name=op.f("pk_judgement")),
    )
    op.create_index(op.f("ix_judgement_draw_id"), "judgement", ["draw_id"], unique=False)
    op.create_index(op.f("ix_judgement_sample_id"), "judgement", ["sample_id"], unique=False)
    protect(op.get_bind())


def protect(connection: sa.Connection) -> None:
    """Refuse UPDATE and DELETE on the tables that hold evidence."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append-only'; END $$"
        )
    for table in APPEND_ONLY:
        for verb in ("UPDATE", "DELETE"):
            name = f"{table}_no_{verb.lower()}"
            if connection.dialect.name == "postgresql":
                statement = f"CREATE TRIGGER {name} BEFORE {verb} ON {table} EXECUTE FUNCTION refuse_change()"
            else:
                statement = f"CREATE TRIGGER {name} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'append-only'); END"
            connection.exec_driver_sql(statement)
