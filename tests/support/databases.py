"""Databases for tests: a SQLite file, and a PostgreSQL server of Debian's package that is started for the session."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from service.settings import Settings
from service.store.kept import Store, open_store

KEY = "a key for tests that is long enough"
Opened = Callable[..., Store]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The socket folder of a running server without a network port; skips where there is none to start."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("skipped: no PostgreSQL (apt-get install postgresql)")
    pytest.importorskip("psycopg", reason="skipped: no driver for PostgreSQL")
    # The server refuses to run as root; Debian's package brings a user for it.
    user = "postgres" if os.getuid() == 0 else None
    home = Path(tempfile.mkdtemp(prefix="spine-cds-pg-", dir="/tmp"))
    if user:
        shutil.chown(home, user)

    def run(name: str, *words: str) -> None:
        command = [str(found[-1].with_name(name)), "-D", f"{home}/data", *words]
        with open(os.devnull, "w") as nowhere:  # a pipe would stay open in the server
            subprocess.run(command, check=True, user=user, cwd=home, stdout=nowhere, stderr=nowhere)

    try:
        run("initdb", "-A", "trust", "-U", "spine", "--no-sync", "-E", "UTF8")
        run("pg_ctl", "-w", "-o", f"-k {home} -c listen_addresses= -c fsync=off", "-l", f"{home}/log", "start")
        try:
            yield str(home)
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def new_database(socket: str) -> str:
    """URL of a fresh database on the server."""
    import psycopg

    name = f"t{uuid4().hex}"
    with psycopg.connect(f"host={socket} user=spine dbname=postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql+psycopg://spine@/{name}?host={socket}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database; each test runs once on each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/kept/spine.sqlite"
    return new_database(request.getfixturevalue("postgresql"))


@pytest.fixture
def opened() -> Iterator[Opened]:
    """Opens stores by URL and settings, and closes them at the end."""
    stores: list[Store] = []

    def make(url: str, clock: Any = None, **given: Any) -> Store:
        settings = Settings(**({"database": url, "hash_key": KEY} | given))
        store = open_store(settings, clock) if clock else open_store(settings)
        assert store is not None
        stores.append(store)
        return store

    yield make
    for store in stores:
        store.close()


@pytest.fixture
def store(database_url: str, opened: Opened) -> Store:
    """A store on an empty database of each kind."""
    return opened(database_url)


@pytest.fixture
def sqlite_store(tmp_path: Path, opened: Opened) -> Store:
    """A store on an empty SQLite file."""
    return opened(f"sqlite:///{tmp_path}/spine.sqlite")
