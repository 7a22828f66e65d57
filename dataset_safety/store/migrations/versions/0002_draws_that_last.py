"""Draws bind to populations: which release uses which draw, under which guideline; what a corpus was drawn from."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table, and note for every draw that its own release uses it."""
    op.add_column("corpus", sa.Column("identity", sa.String(length=64), nullable=True))
    op.add_column("corpus", sa.Column("drawn_population", sa.String(length=64), nullable=True))
    op.add_column("draw", sa.Column("rules", sa.String(length=64), nullable=False, server_default=""))
    op.create_table(
        "release_draw",
        sa.Column("use_id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("release_id", sa.String(length=64), nullable=False),
        sa.Column("draw_id", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.draw_id"], name=op.f("fk_release_draw_draw_id")),
        sa.ForeignKeyConstraint(["release_id"], ["release.release_id"], name=op.f("fk_release_draw_release_id")),
        sa.PrimaryKeyConstraint("use_id", name=op.f("pk_release_draw")),
    )
    op.create_index(op.f("ix_release_draw_draw_id"), "release_draw", ["draw_id"], unique=False)
    op.create_index(op.f("ix_release_draw_release_id"), "release_draw", ["release_id"], unique=False)
    op.execute(
        "INSERT INTO release_draw (release_id, draw_id, created_at) "
        "SELECT release_id, draw_id, created_at FROM draw ORDER BY created_at, purpose"
    )
    protect(op.get_bind())


def protect(connection: sa.Connection) -> None:
    """Refuse UPDATE and DELETE on the new table; ``refuse_change`` is there since the first schema."""
    for verb in ("UPDATE", "DELETE"):
        name = f"release_draw_no_{verb.lower()}"
        if connection.dialect.name == "postgresql":
            statement = f"CREATE TRIGGER {name} BEFORE {verb} ON release_draw EXECUTE FUNCTION refuse_change()"
        else:
            statement = f"CREATE TRIGGER {name} BEFORE {verb} ON release_draw BEGIN SELECT RAISE(ABORT, 'append-only'); END"
        connection.exec_driver_sql(statement)
