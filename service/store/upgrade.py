"""The tables brought up to this release by alembic; once, whoever starts at the same time."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError

from service.errors import StoreUnavailable
from service.store.database import Database, RecordRefused

MIGRATIONS = Path(__file__).with_name("migrations")


def upgrade(database: Database, revision: str = "head") -> None:
    """Apply what is missing, in one transaction; raises StoreUnavailable when that cannot be done."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    try:
        with database.alone() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except CommandError:
        raise StoreUnavailable("The database was written by a newer release: start that one.") from None
    except RecordRefused as fault:
        raise StoreUnavailable(f"The tables of the database cannot be brought up to date ({fault}).") from None
