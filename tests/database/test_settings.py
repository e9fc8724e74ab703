"""What the environment says becomes settings, whole."""

from __future__ import annotations

import os
import stat
import threading

from perennial import settings
from perennial.database.arrow import _conninfo

URL = "postgresql://ana:a%20b@db.example:5433/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem"


def test_an_encrypted_connection_that_is_asked_for_is_asked_for_in_every_door(tmp_path):
    given = settings._database(URL, tmp_path)
    assert given["OPTIONS"] == {"sslmode": "verify-full", "sslrootcert": "/etc/ca.pem"}
    assert "sslmode='verify-full'" in _conninfo(given)
    assert "sslrootcert='/etc/ca.pem'" in _conninfo(given)
    assert (given["HOST"], given["PORT"], given["USER"], given["PASSWORD"]) == ("db.example", "5433", "ana", "a b")


def test_a_folder_with_a_socket_is_a_host(tmp_path):
    given = settings._database("postgresql:///shop?host=/run/postgresql", tmp_path)
    assert given["HOST"] == "/run/postgresql"
    assert given["OPTIONS"] == {}


def test_processes_that_start_at_once_sign_with_one_key(tmp_path, monkeypatch):
    monkeypatch.delenv("PERENNIAL_SECRET_KEY", raising=False)
    created, opened = threading.Event(), os.open
    seen: list[str] = []

    def slowly(path, flags, mode=0o777, **more):
        handle = opened(path, flags, mode, **more)
        if not created.is_set() and "secret-key" in str(path) and flags & os.O_CREAT:
            created.set()  # the file is there, and nothing is in it yet: now the other process comes
            other = threading.Thread(target=lambda: seen.append(settings._secret(tmp_path)))
            other.start()
            other.join(20)
        return handle

    monkeypatch.setattr(os, "open", slowly)
    mine = settings._secret(tmp_path)
    assert created.is_set()
    assert seen == [mine]
    assert len(mine) > 40
    assert settings._secret(tmp_path) == mine
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]


def test_a_key_that_was_never_written_is_made_again(tmp_path, monkeypatch):
    monkeypatch.delenv("PERENNIAL_SECRET_KEY", raising=False)
    (tmp_path / "secret-key").touch()  # a full disk, a power cut
    assert len(settings._secret(tmp_path)) > 40


def test_nobody_else_on_the_machine_reads_the_customers(tmp_path):
    home = tmp_path / "data"
    settings._database("", home)
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
