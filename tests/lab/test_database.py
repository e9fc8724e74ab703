"""A Perennial database opens as the shop that its own mirror shows, on SQLite and PostgreSQL."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from perennial import lab
from perennial.figures.actions.refresh_mirror import refresh_mirror
from perennial.figures.queries import mirror
from perennial.insight.tables import SCHEMA
from perennial.lab.database import shown
from perennial.lab.faults import Unopened
from tests.figures.facts import NOW, House, on
from tests.insight.shop import rows_of

pytestmark = pytest.mark.django_db(transaction=True)


def address() -> str:
    given = os.environ.get("PERENNIAL_DATABASE_URL")
    return given or f"sqlite:///{settings.DATABASES['default']['NAME']}"


def house(currency: str = "EUR") -> House:
    made = House(currency, "Europe/Madrid")
    for number in range(4):
        who = made.customer()
        for month in range(1, 3 + number):
            order = made.order(who, on(2024, month, 3), [{"total": 121, "tax": 21}, {"total": 50, "tax": 0}])
    made.refund(order, on(2024, 5, 20), 60)
    made.order(None, on(2023, 12, 31), [{"total": 99, "tax": 9}])
    return made


def test_a_database_is_the_shop_that_its_mirror_shows() -> None:
    made = house()
    refresh_mirror(brand_id=made.id, now=NOW)
    expected = mirror.tables(made.id)
    shop = lab.open(address())
    assert (shop.currency, shop.zone) == ("EUR", "Europe/Madrid")
    for name in SCHEMA:
        found, wanted = rows_of(getattr(shop.tables, name)), rows_of(getattr(expected, name))
        assert sorted(map(str, found)) == sorted(map(str, wanted)), name
    assert len(rows_of(shop.tables.orders)) == 15
    early = rows_of(lab.summary(shop, as_of=(NOW - timedelta(days=120)).date()))
    assert early[0]["orders"] == 9


def test_one_of_several_brands_is_named() -> None:
    first, second = house(), house("GBP")
    with pytest.raises(Unopened, match=rf"several brands.*{first.brand.key}"):
        lab.open(address())
    assert lab.open(address(), brand=second.brand.key).currency == "GBP"
    with pytest.raises(Unopened, match="no brand 'nobody'"):
        lab.open(address(), brand="nobody")
    with pytest.raises(Unopened, match="its sums are in GBP"):
        lab.open(address(), brand=second.brand.key, currency="EUR")


def test_a_database_without_a_brand_or_without_orders() -> None:
    with pytest.raises(Unopened, match=r"holds no brand.*perennial import"):
        lab.open(address())
    House()
    with pytest.raises(Unopened, match="holds no orders"):
        lab.open(address())


@pytest.mark.only_on("sqlite")
def test_a_database_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(Unopened, match="no such database"):
        lab.open(f"sqlite:///{tmp_path}/absent.sqlite3")
    (tmp_path / "notes.txt").write_text("no database at all, but long enough to be looked at as one " * 40)
    with pytest.raises(Unopened, match="no Perennial database"):
        lab.open(f"sqlite:///{tmp_path}/notes.txt")


@pytest.mark.only_on("postgres")
def test_an_address_where_nobody_answers() -> None:
    with pytest.raises(Unopened, match="no connection") as caught:
        lab.open("postgresql://somebody:secret@127.0.0.1:1/shop")
    assert "secret" not in str(caught.value)


def test_a_password_is_never_shown() -> None:
    assert shown("postgresql://me:p@ss@host:5432/shop") == "postgresql://me@host:5432/shop"
    assert shown("sqlite:///shop.sqlite3") == "sqlite:///shop.sqlite3"
