"""The start: tables made once, brought up from an older release, and every obstacle said in words."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from service.errors import StoreUnavailable
from service.settings import Settings, SettingsInvalid
from service.store.database import Database
from service.store.kept import open_store
from service.store.keys import secret_in
from service.store.models import Base
from service.store.upgrade import upgrade
from tests.conftest import ROOT
from tests.support.databases import KEY, Opened

START = "from service.settings import Settings; from service.store.kept import open_store; open_store(Settings.load())"


def test_the_migrations_make_the_tables_of_the_models(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database)
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    database.close()


def test_an_older_database_is_brought_up_with_what_it_holds(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database, "0001")
    row = {"digest": "d", "card_id": "0" * 32, "at": "2026-01-01", "received": "2026-01-01", "suggestions": "[]"}
    texts = ("service", "issuer", "tenant", "outcome", "reason_system", "reason_code", "words")
    row |= dict.fromkeys(texts, "x")
    with database.writing() as connection:
        assert "seen_token" not in inspect(connection).get_table_names()
        columns = ", ".join(row)
        values = ", ".join(f"'{value}'" for value in row.values())
        connection.execute(text(f"INSERT INTO feedback ({columns}, commented) VALUES ({values}, false)"))
    upgrade(database)
    upgrade(database)
    with database.reading() as connection:
        assert "seen_token" in inspect(connection).get_table_names()
        assert connection.execute(text("SELECT digest FROM feedback")).scalar_one() == "d"
    database.close()


def test_the_database_of_a_newer_release_is_left_alone(database_url: str) -> None:
    database = Database(database_url)
    upgrade(database)
    with database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreUnavailable, match="newer release"):
        upgrade(database)
    database.close()


def test_four_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    environment = os.environ | {"SPINE_CDS_DATABASE": database_url}
    if not database_url.startswith("sqlite"):
        environment["SPINE_CDS_HASH_KEY"] = KEY
    started = [
        subprocess.Popen([sys.executable, "-c", START], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert ended == [("", 0)] * 4
    database = Database(database_url)
    with database.reading() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all() == ["0003"]
    database.close()


def test_the_files_are_for_their_owner_only(tmp_path: Path) -> None:
    store = open_store(Settings(database=f"sqlite:///{tmp_path}/new/folder/kept.sqlite"))
    assert store is not None
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new" / "folder").iterdir()}
    assert {"kept.sqlite", "kept.sqlite.key", "kept.sqlite.lock"} <= set(found)
    assert set(found.values()) == {0o600}
    store.close()


def test_the_key_file_stays_as_it_was_made(tmp_path: Path) -> None:
    path = tmp_path / "key"
    first = secret_in(path)
    assert len(first) >= 32
    assert secret_in(path) == first
    assert secret_in(tmp_path / "other") != first
    path.write_text("short")
    with pytest.raises(StoreUnavailable, match="SPINE_CDS_HASH_KEY"):
        secret_in(path)


def test_with_a_key_in_the_settings_no_file_is_made(tmp_path: Path, opened: Opened) -> None:
    opened(f"sqlite:///{tmp_path}/kept.sqlite")
    assert not list(tmp_path.glob("*.key"))


@pytest.mark.parametrize("place", ["file/kept.sqlite", "folder"])
def test_a_place_that_cannot_be_written_is_named_with_the_setting(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StoreUnavailable, match=r"cannot be written \(\w+\): give SPINE_CDS_DATABASE a place"):
        open_store(Settings(database=f"sqlite:///{tmp_path}/{place}"))


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database at all, but something dear" * 30)
    before = path.read_bytes()
    with pytest.raises(StoreUnavailable):
        open_store(Settings(database=f"sqlite:///{path}"))
    assert path.read_bytes() == before


def test_a_server_that_is_not_there_is_said_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    url = f"postgresql://spine:hush@/spine?host={tmp_path}"
    with pytest.raises(StoreUnavailable, match="cannot be used now") as caught:
        open_store(Settings(database=url, hash_key=KEY))  # type: ignore[arg-type]
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(Settings(database=url, hash_key=KEY))  # type: ignore[arg-type]


def test_none_keeps_nothing() -> None:
    assert open_store(Settings(database="none")) is None


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"database": "mysql://x/y"}, "SPINE_CDS_DATABASE"),
        ({"database": "sqlite://"}, "SPINE_CDS_DATABASE"),
        ({"database": "sqlite:///:memory:"}, "SPINE_CDS_DATABASE"),
        ({"database": "sqlite:///x?mode=ro"}, "SPINE_CDS_DATABASE"),
        ({"database": "kept.sqlite"}, "SPINE_CDS_DATABASE"),
        ({"database": ""}, "SPINE_CDS_DATABASE"),
        ({"database": "postgresql://h/d"}, "SPINE_CDS_HASH_KEY"),
        ({"hash_key": "k" * 31}, "SPINE_CDS_HASH_KEY"),
        ({"keep_days": -1}, "SPINE_CDS_KEEP_DAYS"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, object], named: str) -> None:
    with pytest.raises(SettingsInvalid, match=named) as caught:
        Settings.load(**given)
    assert "k" * 31 not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    [
        {"database": "none"},
        {"database": "sqlite:////var/lib/x.sqlite"},
        {"database": "postgresql://h/d", "hash_key": "k" * 32},
        {"database": "postgresql+psycopg://u:p@h:5432/d", "hash_key": "k" * 32},
    ],
)
def test_settings_that_can_work_are_taken(given: dict[str, object]) -> None:
    settings = Settings.load(**given)
    assert "postgresql://" not in settings.database
