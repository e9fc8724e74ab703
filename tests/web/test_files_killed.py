"""Handed-in files whose work was killed outright, or stopped at the worst moment: nothing is lost, nothing stays."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from perennial.facts.models.orders import Order
from perennial.stores.uploads.actions import carry_on
from perennial.stores.uploads.actions.decide import stop
from perennial.stores.uploads.actions.expire import expire_steps
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import folder, rejected_rows
from tests.web.files import handed_in, orders, page, work

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("emptied")]

KILLED = """
import os, signal, sys, django
django.setup()
from importlib import import_module
from tests.web.files import work
setattr(import_module(sys.argv[1]), sys.argv[2], lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL))
work()
"""


def killed_at(module: str, name: str) -> None:
    """The real loop, killed where it would call a function."""
    command = [sys.executable, "-c", KILLED, module, name]
    ended = subprocess.run(command, env=os.environ, cwd=Path(__file__).parents[2], check=False)
    assert ended.returncode == -9


def later() -> datetime:
    """When nobody believes any more that the killed loop still works."""
    return datetime.now(UTC) + timedelta(hours=1)


def staged() -> list[str]:
    home = folder().parent
    return sorted(path.name for path in home.rglob("*") if path.name.startswith(("look-", "stage-", "rows.")))


def test_a_look_that_was_killed_is_done_again_and_those_behind_it_too(owner: Client) -> None:
    first, second = handed_in(owner, orders(4)), handed_in(owner, orders(5))
    killed_at("perennial.stores.csv.mapping.source", "Shape")
    assert staged() != []
    work(now=later())
    assert list(OrderFile.objects.filter(id__in=(first.id, second.id)).values_list("state", flat=True)) == ["ready"] * 2
    assert staged() == []


def test_killed_between_the_last_order_and_its_rejects_the_rejects_are_written(owner: Client) -> None:
    file = handed_in(owner, orders(12, bad=(2, 5)))
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    killed_at("perennial.stores.uploads.actions.carry_on", "write_rejects")
    assert Order.objects.count() == 10, "all orders were in"
    work(now=later())
    _is_told_whole(owner, file)


def test_stopped_between_the_last_order_and_its_rejects_the_rejects_are_written(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = handed_in(owner, orders(12, bad=(2, 5)))
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    write = carry_on.write_rejects

    def stopped(*given: Any, **more: Any) -> int:
        stop(file=file, now=datetime.now(UTC))
        return write(*given, **more)

    monkeypatch.setattr(carry_on, "write_rejects", stopped)
    work()
    assert (OrderFile.objects.get(id=file.id).state, Order.objects.count()) == ("stopped", 10)
    monkeypatch.undo()
    owner.post(page(file, "do/"), {"do": "record"})
    work()
    _is_told_whole(owner, file)


def _is_told_whole(owner: Client, file: OrderFile) -> None:
    done = OrderFile.objects.get(id=file.id)
    assert (done.state, done.rejected, done.imported_before) == ("done", 6, None)
    assert len(list(rejected_rows(file.id))) == 7
    assert Order.objects.count() == 10
    found = owner.get(page(file)).content.decode()
    assert "was imported whole" not in found
    assert "is not an amount" in found
    assert staged() == []


def test_what_killed_work_staged_goes_when_files_expire(owner: Client) -> None:
    file = handed_in(owner, orders(4))
    killed_at("perennial.stores.csv.mapping.source", "Shape")
    stop(file=file, now=datetime.now(UTC))
    assert staged() != []
    list(expire_steps(brand_id=file.brand_id, now=later()))
    assert staged() == []


def test_what_a_killed_import_staged_goes_when_files_expire_and_a_living_ones_stays(owner: Client) -> None:
    from perennial.stores.csv.actions import _alone
    from perennial.stores.uploads.actions.look import opened

    file = handed_in(owner, orders(4))
    work()
    owner.post(page(file, "do/"), {"do": "record"})
    killed_at("perennial.stores.csv.mapping.source", "Shape")
    imports = Path(settings.PERENNIAL_HOME) / "imports"
    assert staged() != []
    assert len(list(imports.glob("*.lock"))) == 1
    living = handed_in(owner, orders(6))
    living.options = {"currency": "EUR", "zone": "Europe/Madrid"}
    with opened(living) as source:
        mine = _alone(source, imports)
        (mine / "stage-x").mkdir(parents=True)
        list(expire_steps(brand_id=file.brand_id, now=later()))
        assert staged() == ["stage-x"]
        assert [path.stem for path in imports.glob("*.lock")] == [mine.name]
    assert (staged(), list(imports.glob("*.lock"))) == ([], [])
