"""Alembic's entry: runs inside the connection that ``Database.migrate`` hands over."""

from alembic import context

from dataset_safety.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=False)
context.run_migrations()
