"""The database under the tests, and what is shared by all of them.

`pytest` runs everything on SQLite; `--db postgres` runs what needs a database on PostgreSQL; `--db both`
(make test) does the one in one process and the other in a second, at the same time, and its closing line
counts both.

Each process has a home and a database server of its own, and the environment names them (PERENNIAL_HOME,
PERENNIAL_DATABASE_URL): a command started by a test sees the test's database. For that the settings are
named here and not in pyproject.toml, else they would be read before this file.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.postgres import PostgresServer
from tests.real import found

hypothesis.settings.register_profile("perennial", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("perennial")

_DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}
_ELSEWHERE = {"insight", "lab"}  # rooms that know no database
_home = pytest.StashKey[Path]()
_collected = pytest.StashKey[int]()
_server = pytest.StashKey[PostgresServer]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--db",
        choices=["sqlite", "postgres", "both"],
        default="sqlite",
        help="database of the tests that need one; both: two processes, one database each",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    if config.option.db == "both" and not hasattr(config, "workerinput"):
        config.option.tx, config.option.dist = ["popen", "popen"], "each"


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    if node.config.option.db == "both":
        node.workerinput["db"] = "sqlite" if node.gateway.id == "gw0" else "postgres"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node, ids) -> None:
    node.config.stash[_collected] = node.config.stash.get(_collected, 0) + len(ids)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    # xdist reports the count of the last process alone: none, where no chosen test needs PostgreSQL.
    if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and session.config.stash.get(_collected, 0):
        session.exitstatus = pytest.ExitCode.OK


def _database(config: pytest.Config) -> str:
    told = getattr(config, "workerinput", {})
    return str(told.get("db", config.option.db))


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if config.option.dist != "no" and not hasattr(config, "workerinput"):
        return  # only hands out work: the processes that get it would inherit its settings
    home = config.stash[_home] = Path(tempfile.mkdtemp(prefix="perennial-tests-"))
    os.environ["PERENNIAL_HOME"] = str(home)
    os.environ.pop("PERENNIAL_DATABASE_URL", None)
    if _database(config) == "postgres":
        server = config.stash[_server] = PostgresServer(found("postgresql"))
        server.start()
        os.environ["PERENNIAL_DATABASE_URL"] = server.url("perennial")
    os.environ["DJANGO_SETTINGS_MODULE"] = "perennial.settings"
    from django.conf import settings

    assert home == settings.PERENNIAL_HOME  # read now: pytest-django starts Django only where settings are


def pytest_unconfigure(config: pytest.Config) -> None:
    if server := config.stash.get(_server, None):
        server.remove()
    if home := config.stash.get(_home, None):
        shutil.rmtree(home, ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    database = _database(config)
    both = config.option.db == "both"
    chosen = [item for item in items if _belongs(item, database, both=both)]
    if len(chosen) < len(items):
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen


def _belongs(item: pytest.Item, database: str, *, both: bool = False) -> bool:
    only = item.get_closest_marker("only_on")
    if only is not None and database not in only.args:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    needs_it = item.get_closest_marker("django_db") or _DATABASE_FIXTURES & fixtures
    if both and not needs_it and ("browser" in fixtures or item.path.parent.name in _ELSEWHERE):
        return database == "postgres"  # the other process has enough to do
    return database == "sqlite" or bool(needs_it)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Use the very database that the environment names: it is this process's own."""
    from django.db import connections

    settings = connections["default"].settings_dict
    settings["TEST"]["NAME"] = settings["NAME"]
    command = settings["OPTIONS"].get("init_command")
    if command:  # a test database needs to survive its process, not a power cut
        settings["OPTIONS"]["init_command"] = command.replace("synchronous=FULL", "synchronous=OFF")


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[PostgresServer]:
    """A PostgreSQL of this process, whatever the suite runs on: `.url(name)`, `.create(name)`."""
    running = request.config.stash.get(_server, None)
    if running is not None:
        yield running
        return
    server = PostgresServer(found("postgresql"))
    server.start()
    yield server
    server.remove()


@pytest.fixture
def killable_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL for one test, which writes through to the disk: `.kill()`, then `.start()` again."""
    server = PostgresServer(found("postgresql"), durable=True)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def java_home() -> Path:
    """The Java that set-up found, for Spark."""
    return Path(found("java")["home"])
