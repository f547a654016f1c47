"""Alembic's entry: runs inside the connection that `database.migrate` hands over."""

from alembic import context

from conference.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite cannot alter a table in place
)
with context.begin_transaction():
    context.run_migrations()
