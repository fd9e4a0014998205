"""How alembic runs here: on the connection that service/store/upgrade.py hands over, inside its transaction."""

from __future__ import annotations

from alembic import context

from service.store import packet_models

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=packet_models.Packet.metadata,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
