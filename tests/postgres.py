"""A PostgreSQL server of the tests' own: in a temporary folder, on loopback, gone at the end."""

from __future__ import annotations

import collections
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
from pathlib import Path

_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresServer:
    """One cluster with one superuser, `perennial`, trusted on loopback.

    Run by root it becomes another user, because PostgreSQL refuses root.
    """

    def __init__(self, found: dict[str, str], *, durable: bool = False) -> None:
        self._durable = durable
        self._folder = Path(tempfile.mkdtemp(prefix="perennial-postgres-"))
        self._account = _unprivileged() if os.geteuid() == 0 else None
        if self._account:
            os.chown(self._folder, self._account.pw_uid, self._account.pw_gid)
        self._binaries = Path(found["bin"])
        # PGHOST and the like of the developer must not lead our programs elsewhere.
        self._environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        self._environ |= {"LC_ALL": "C", "LD_LIBRARY_PATH": found["library_path"], "HOME": str(self._folder)}
        if not found["library_path"]:
            del self._environ["LD_LIBRARY_PATH"]
        elif self._account and not self._reachable():
            self._copy_binaries(found["library_path"])
        self._process: subprocess.Popen[str] | None = None
        self._log: collections.deque[str] = collections.deque(maxlen=40)
        self._port = _free_port()
        self._initialise()

    def url(self, name: str = "postgres") -> str:
        """Return the address of a database of this server, for PERENNIAL_DATABASE_URL, psycopg and ADBC."""
        return f"postgresql://perennial@127.0.0.1:{self._port}/{name}"

    def create(self, name: str) -> str:
        """Create an empty database and return its address."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def start(self) -> None:
        """Start the server, also after a kill, and return when it accepts connections."""
        settings = [
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self._folder}",
            "max_connections=60",
            "shared_buffers=64MB",
            *(() if self._durable else _NOT_DURABLE),
        ]
        options = [word for setting in settings for word in ("-c", setting)]
        command = [self._program("postgres"), "-D", str(self._data), "-p", str(self._port), *options]
        self._process = self._open(command)
        ready = threading.Event()
        threading.Thread(target=self._follow, args=(self._process, ready), daemon=True).start()
        if not ready.wait(60) or self._process.poll() is not None:
            self.kill()
            raise RuntimeError("PostgreSQL did not start:\n" + "".join(self._log))

    def kill(self) -> None:
        """Kill the server and all its processes at once, as a crash of the machine would."""
        if self._process is None:
            return
        children = _children(self._process.pid)
        for pid in (self._process.pid, *children):
            _signal(pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self) -> None:
        """Shut down in order; open sessions are cut."""
        if self._process is None:
            return
        _signal(self._process.pid, signal.SIGINT)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def remove(self) -> None:
        """Stop the server and delete its files."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _program(self, name: str) -> str:
        return str(self._binaries / name)

    def _initialise(self) -> None:
        command = [self._program("initdb"), "-D", str(self._data), "-U", "perennial", "-A", "trust"]
        process = self._open([*command, "--encoding=UTF8", "--locale=C", "--no-sync"])
        told, _ = process.communicate()
        if process.returncode != 0:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise RuntimeError("PostgreSQL's initdb failed:\n" + told)

    def _open(self, command: list[str]) -> subprocess.Popen[str]:
        who = {} if self._account is None else _as(self._account)
        return subprocess.Popen(
            [*_end_with_parent(), *command],
            cwd=self._folder,
            env=self._environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            **who,
        )

    def _follow(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self._log.append(line)
                if "ready to accept connections" in line:
                    ready.set()
        ready.set()

    def _reachable(self) -> bool:
        try:
            return self._open([self._program("postgres"), "--version"]).wait() == 0
        except OSError:
            return False

    def _copy_binaries(self, library_path: str) -> None:
        """Copy what was unpacked below a folder that only root may enter (the home of root)."""
        unpacked = next(parent for parent in self._binaries.parents if parent.parent.name == ".parts")
        copy = self._folder / "programs"
        shutil.copytree(unpacked, copy, symlinks=True)
        self._binaries = copy / self._binaries.relative_to(unpacked)
        libraries = [str(copy / Path(place).relative_to(unpacked)) for place in library_path.split(":")]
        self._environ["LD_LIBRARY_PATH"] = ":".join(libraries)


def _unprivileged() -> pwd.struct_passwd:
    accounts = {account.pw_name: account for account in pwd.getpwall()}
    return accounts.get("postgres") or accounts["nobody"]


def _as(account: pwd.struct_passwd) -> dict[str, object]:
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _end_with_parent() -> list[str]:
    """Make a started program end when the tests are killed, so that no server stays behind (Linux)."""
    return ["setpriv", "--pdeathsig", "QUIT", "--"] if shutil.which("setpriv") else []


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _children(pid: int) -> list[int]:
    """List the processes a server has started; where /proc is absent they notice its death by themselves."""
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in path.read_text().split()] if path.exists() else []


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
