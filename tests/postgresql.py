"""A PostgreSQL server for the tests: on a socket in a temporary folder, one in each process that runs tests."""

import atexit
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy import NullPool, create_engine
from sqlalchemy.exc import OperationalError

TEMPLATE = "migrated"
START_SECONDS = 20
TUNED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "listen_addresses=", "max_connections=200")
SERVER_USER = "nobody"
"""PostgreSQL refuses to run as root."""

_numbers = count(1)


@cache
def why_not() -> str:
    """Return why PostgreSQL cannot be tested here; "" when it can."""
    if _programs() is None:
        return "PostgreSQL's server is not installed: apt-get install postgresql"
    return "" if find_spec("psycopg") else "psycopg is not installed: pip install '.[postgresql]'"


def _programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    return Path(path).parent if path else None


@cache
def server() -> str:
    """Start the server, which stops with this process, and return its URL without a database's name."""
    programs = _programs()
    assert programs is not None
    folder = Path(mkdtemp(prefix="recordings-postgresql-"))
    user = SERVER_USER if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    folder.chmod(0o755)
    make: list[str | Path] = [
        programs / "initdb",
        "-D",
        folder / "data",
        "-U",
        "bot",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run(make, user=user, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    run: list[str | Path] = [programs / "postgres", "-D", folder / "data", "-k", folder]
    for setting in TUNED:
        run += ["-c", setting]
    with (folder.with_name(f"{folder.name}.log")).open("wb") as log:
        process = subprocess.Popen(run, user=user, cwd=folder, stdout=log, stderr=log)

    def stop() -> None:
        process.send_signal(signal.SIGINT)  # do not wait for clients
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}.log").unlink(missing_ok=True)

    atexit.register(stop)
    url = f"postgresql://bot@/{{}}?host={folder}"
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _execute(url, "SELECT 1")
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return url


def _execute(url: str, statement: str) -> None:
    engine = create_engine(_driven(url.format("postgres")), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)


def _driven(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:", 1)


@contextmanager
def new_database(template: str = "template1") -> Iterator[str]:
    """Create a database, yield its URL and drop it."""
    name = f"test_{next(_numbers)}"
    _execute(server(), f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    try:
        yield server().format(name)
    finally:
        _execute(server(), f"DROP DATABASE {name} WITH (FORCE)")


def create_template() -> str:
    """Create the empty template and return its URL."""
    _execute(server(), f"CREATE DATABASE {TEMPLATE}")
    return server().format(TEMPLATE)
