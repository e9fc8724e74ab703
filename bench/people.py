"""A store of a million people and ten million orders, written barely by INSERT ... SELECT, beside a small true one.

The small store is recorded and worked through, so that every answer that a page shows is there. The people beside
it have figures, words, consents and orders. Names are drawn from skewed lists, so that some words are everybody's and
most are rare.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

BASE = 10**15  # ids of people
PASSWORD = "a bench needs no secret"  # of a database that is gone at the end
_SEEN = 100  # people with many orders, their lines and products
_ORDERS = 24  # of each of those
_EACH = 10  # orders of everybody


def prepare(*, people: int) -> dict[str, Any]:
    """In a child: the store, an owner with a password, and the key of their session."""
    from bench.child import timed
    from bench.rows import start

    start()
    from django.db import connection
    from django.test import Client

    from perennial.demo import record_made_up
    from perennial.figures.actions.compute_answers import all_steps
    from perennial.web.access.people import give_role
    from perennial.work.loop import Loop

    now = datetime.now(UTC)
    store, _ = record_made_up(customers=600)
    for ran in Loop(clock=lambda: now).once():
        if ran.outcome == "failed":
            raise RuntimeError(f"the loop failed: {ran}")
    for _ in all_steps(brand_id=store.brand_id, now=now):
        pass
    with timed() as clock:
        make(store.brand_id, store.id, people, now)
    member = give_role(brand_id=store.brand_id, email="owner@localhost", role="owner", now=now)
    member.user.set_password(PASSWORD)
    member.user.save()
    client = Client(headers={"host": "localhost"})
    client.force_login(member.user)
    connection.close()
    return {"seconds": clock.seconds, "session": client.cookies["sessionid"].value}


def make(brand: int, shop: int, people: int, now: datetime) -> None:
    """So many people and ten orders of each, up to ``now``."""
    from django.db import connection

    from perennial.values.time import to_us

    names = max(people // 100, 10)
    series, many = _series(people), _series(_SEEN * _ORDERS)
    # Squares make some names far more frequent than others.
    drawn = f"((n * 7919) % 1000) * ((n * 104729) % 1000) * {names // 10} / 1000000"
    family = f"((n * 15485863) % 1000) * ((n * 32452843) % 1000) * {names} / 1000000"
    false, true = ("0", "1") if connection.vendor == "sqlite" else ("false", "true")
    null = "NULL::jsonb" if connection.vendor != "sqlite" else "NULL"
    base, at = BASE, to_us(now) - 86_400_000_000
    today = at // 86_400_000_000
    ordered = f"{at} - (n * 7919) % 730 * 86400000000 - (n * 977) % 86400 * 1000000"
    mail = "'p' || n || '@post' || (n % 3) || '.example'"
    country = "CASE WHEN n % 10 < 6 THEN 'ES' WHEN n % 10 < 9 THEN 'FR' ELSE 'IT' END"
    statements = [
        ("INSERT INTO customer (id, brand_id, store_id, version_at, version_rank, version_hash, account, email, phone,"
         " first_name, last_name, locale, country, acquired_by, address, created_at, created_day, recorded_at)"
         f" SELECT {base} + n, {brand}, {shop}, {at}, 0, 0, {true}, {mail}, '+346' || (n % 100000000),"
         f" 'Name' || ({drawn}) || 'x', 'Surname' || ({family}) || 'x', 'es',"
         f" {country}, '', {null}, {at}, 19000, {at} FROM {series} t"),
        ("INSERT INTO customer_figures (id, brand_id, orders, revenue, profit, aov, occasions, first_order_day,"
         " last_order_day, stage, r, f, m, rfm_group, rhythm, too_early, usual_gap, gap_low, gap_high, expected_day,"
         " due_day, lost_day, probability, yearly_value, model, as_of, as_of_day, population_as_of)"
         f" SELECT {base} + n, {brand}, 1 + n % 17 * (n % 13) / 12, (n * 7919) % 500000,"
         " CASE WHEN n % 5 = 0 THEN NULL ELSE (n * 7919) % 200000 END, 5000, 1 + n % 9,"
         f" {today - 2100} + (n * 31) % 1900, {today - 1700} + (n * 17) % 1700,"
         " CASE n % 7 WHEN 0 THEN 'new' WHEN 1 THEN 'active' WHEN 2 THEN 'loyal' WHEN 3 THEN"
         " 'drifting' WHEN 4 THEN 'won_back' ELSE 'lost' END, 1 + n % 5, 1 + n % 5, 1 + n % 5, 'champions',"
         " CASE n % 7 WHEN 3 THEN 'drifting' WHEN 5 THEN 'lost' WHEN 6 THEN 'lost' ELSE 'on_time' END,"
         f" {false}, 40.0, 10.0, 90.0, CASE WHEN n % 6 = 0 THEN NULL ELSE {today - 60} + n % 300 END,"
         f" {today + 40}, {today + 340}, 0.4,"
         " CASE WHEN n % 6 = 0 THEN NULL ELSE (n * 37) % 90000 END,"
         f" 'rhythm/1', {at}, {today}, {at} FROM {series} t"),
        ("INSERT INTO consent (id, brand_id, customer_id, channel, purpose, given, at, source, text_version, proof,"
         f" recorded_at) SELECT 2 * {base} + n, {brand}, {base} + n, CASE WHEN n % 50 = 0 THEN 'sms' ELSE 'email' END,"
         f" 'marketing', CASE WHEN n % 3 = 0 THEN {false} ELSE {true} END, {at}, '', '', '', {at} FROM {series} t"),
        ("INSERT INTO identity (id, brand_id, customer_id, store_id, kind, value, account, source, verified_at,"
         f" from_at, to_at) SELECT 3 * {base} + n, {brand}, {base} + n, {shop}, 'email', {mail}, {true}, 'made', NULL,"
         f" {at}, NULL FROM {series} t"),
        *_words(brand, series, {"first": f"'name' || ({drawn}) || 'x'", "last": f"'surname' || ({family}) || 'x'",
                                "mail": mail, "domain": "'post' || (n % 3) || '.example'",
                                "phone": "'6' || (n % 100000000)", "account": "'c' || n"}),
        *(_orders(
            brand, shop, series, first=5 * base + number * people, ordered=f"{ordered} - {number} * 3600000000",
            buyer=f"{base} + 1 + (n * {7 * number + 1}) % {people}") for number in range(_EACH)),
        _orders(brand, shop, many, first=4 * base, buyer=f"{base} + 1 + n % {_SEEN}", ordered=ordered),
        ("INSERT INTO line (id, brand_id, store_id, order_id, name, kind, product_id, sku, title, quantity, total, tax,"
         f" discount, subscription, removed) SELECT 6 * {base} + n, {brand}, {shop}, 4 * {base} + 1 + n / 3, 'l' || n,"
         f" 'product', 7 * {base} + n % 200, '', 'Article ' || n % 200, 1000, 1600, 300, 0, '', {false}"
         f" FROM {_series(3 * _SEEN * _ORDERS - 1)} t"),
        ("INSERT INTO product (id, brand_id, store_id, version_at, version_rank, version_hash, title, maker, category,"
         f" currency, url, image, hidden) SELECT 7 * {base} + n, {brand}, {shop}, {at}, 0, 0, 'Article ' || n, 'Maker',"
         f" 'Category ' || n % 9, 'EUR', '', '', {false} FROM {_series(199)} t"),
    ]  # fmt: skip
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-600000")
        for statement in statements:
            cursor.execute(statement)
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # as it is where small commits go by
        if connection.vendor != "sqlite":
            cursor.execute("ANALYZE")


def _words(brand: int, series: str, parts: dict[str, str]) -> list[str]:
    # In the order of the index: a few pages are written at a time.
    return [
        f"INSERT INTO word (id, brand_id, customer_id, word) SELECT {(10 + number) * BASE} + n, {brand}, {BASE} + n,"
        f" {part} FROM {series} t ORDER BY 4, 3"
        for number, part in enumerate(parts.values())
    ]


def _orders(brand: int, shop: int, series: str, *, first: int, buyer: str, ordered: str) -> str:
    from django.db import connection

    false, true = ("0", "1") if connection.vendor == "sqlite" else ("false", "true")
    return (
        'INSERT INTO "order" (id, brand_id, store_id, version_at, version_rank, version_hash, customer_id, matched_by,'
        " name, number, channel, ordered_at, ordered_day, status, payment, currency, rate_e12, rate_stated,"
        " taxes_included, total, shipping, shipping_tax, tax, discount, net, lines_tax, subscription, source,"
        f" recorded_at) SELECT {first} + n, {brand}, {shop}, {ordered}, 0, 0, {buyer}, 'account', 'o' || ({first} + n),"
        f" '#' || ({first} + n), 'online', {ordered}, ({ordered}) / 86400000000, 'closed', 'paid', 'EUR',"
        f" 1000000000000, {true}, {true}, 5000, 0, 0, 900, 0, 4100, 900, {false}, '', {ordered} FROM {series} t"
    )


def _series(last: int) -> str:
    """Numbers ``n`` from 1 to ``last``."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {last}) SELECT n FROM s)"
    return f"(SELECT generate_series(1, {last})::bigint AS n)"
