"""Alembic's entry: migrations run on the connection that `hamr.store.migrate` hands over."""

from alembic import context

from hamr.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by copying it
)
with context.begin_transaction():
    context.run_migrations()
