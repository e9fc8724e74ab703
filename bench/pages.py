"""The pages of customers, a million of them: server time beside a bare view with one query in the same process.

The store is made barely, by INSERT ... SELECT: people, figures, words, and orders of a few. Names are drawn from
skewed lists, so that some words are everybody's and most are rare. Times are of Django's whole handling of a
request (middleware, session, page), without the network.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench.figure import Aim, Figure, Line
from bench.measure import Job, run
from bench.places import Place, postgres

AIM_MS = 200
_BASE = 10**15  # ids of people
_ORDERS = 24  # of each of the first few


def measure(where: Place) -> list[Figure]:
    """Each page on both databases."""
    people, rounds = (1_000_000, 60) if where.full else (20_000, 20)
    figure = Figure("pages", "Pages of customers", where.size)
    worst: tuple[float, str] = (0.0, "")
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            with where.home() as home:
                given = {"PERENNIAL_HOME": str(home)}
                if database == "PostgreSQL":
                    given |= {"PERENNIAL_DATABASE_URL": server.create("pages")}
                found = run(Job("bench.pages:pages", {"people": people, "rounds": rounds}, given)).more
            bare = found["bare"]["p50"]
            for name, told in found["pages"].items():
                ratio = (
                    f"p95 {told['p95'] * 1000:.0f} ms, {told['bytes'] / 1000:.0f} KB, {told['p50'] / bare:.0f} x bare"
                )
                figure.lines.append(Line(f"{database}: {name}, p50", 0, told["p50"], 0, ratio))
                if name.startswith("list") and told["p95"] > worst[0]:
                    worst = (told["p95"], f"{database}, {name}")
            figure.lines.append(Line(f"{database}: a bare view with one query, p50", 0, bare))
            figure.notes.append(f"{database}: {people:,} people made in {found['made']:.0f} s.")
    told = f"p95 at most {worst[0] * 1000:.0f} ms ({worst[1]})"
    figure.aims.append(Aim(f"lists within {AIM_MS} ms (p95)", told, worst[0] * 1000 < AIM_MS))
    return [figure]


def pages(*, people: int, rounds: int) -> dict[str, Any]:
    """In a child: make the store, ask for each page again and again, each time another of its kind."""
    from bench.rows import start

    start()
    from datetime import UTC, datetime

    from django.db import connection
    from django.test import Client, override_settings

    from perennial.facts.actions.stores import open_store
    from perennial.values.ids import public
    from perennial.web.access.people import give_role

    began = time.perf_counter()
    now = datetime.now(UTC)
    store = open_store(now=now, currency="EUR", zone="Europe/Madrid")
    make(store.brand_id, store.id, people)
    connection.close()  # what was set for the making ends with it
    made = time.perf_counter() - began
    member = give_role(brand_id=store.brand_id, email="owner@localhost", role="owner", now=now)
    client = Client(headers={"host": "localhost"})
    client.force_login(member.user)
    listed = "/b/main/customers/"
    # What changes from round to round, so that no cache of a single page is measured.
    asked: dict[str, Callable[[int], str]] = {
        "list, default": lambda n: "",  # noqa: ARG005
        "list, one rare word": lambda n: f"?q=surname{people // 100 - 1 - n}x",
        "list, two words": lambda n: f"?q=name{n % 40}x+surname{n}",
        "list, a word of a third of all": lambda n: f"?q=post{n % 3}",
        "list, two frequent words": lambda n: f"?q=name{n % 2}+post{n % 3}",
        "list, two frequent words of nobody": lambda n: "?q=post0.example+post1.example",  # noqa: ARG005
        "list, an address": lambda n: f"?q=p{n * 977}@",
        "list, a phone number": lambda n: f"?q=6000{n:02d}",
        "list, drifting": lambda n: f"?rhythm=drifting&sort=-yearly_value&orders_from={n % 3}",
        "list, a cohort in a country": lambda n: f"?cohort={2021 + n % 4}-{n % 12 + 1:02d}&country=ES",
        "list, may be told by SMS": lambda n: f"?consent=sms&orders_from={n % 3}",
        "list, nobody meets it": lambda n: f"?rhythm=lost&stage=loyal&revenue_from={n}&revenue_to=400",
    }
    for column in ("revenue", "orders", "profit", "yearly_value", "first_order_day", "last_order_day", "expected_day"):
        asked[f"list, by {column}"] = lambda n, c=column: f"?sort={'-' if n % 2 else ''}{c}"  # type: ignore[misc]
        asked[f"list, by {column}, deep"] = lambda n, c=column: (  # type: ignore[misc]
            f"?sort={'-' if n % 2 else ''}{c}&after={40 + n}.{_BASE + people // 2}"
        )
    taken = {
        name: _timed(client, lambda n, make=make_query: listed + make(n), rounds) for name, make_query in asked.items()
    }
    taken["one customer"] = _timed(client, lambda n: f"{listed}{public('cus', _BASE + 1 + n % 100)}/", rounds)
    with override_settings(ROOT_URLCONF="bench.pages", MIDDLEWARE=[]):
        bare = _timed(Client(headers={"host": "localhost"}), lambda n: f"/bare/{n}/", rounds)
    return {"seconds": made, "made": made, "pages": taken, "bare": bare}


def _timed(client: Any, address: Callable[[int], str], rounds: int) -> dict[str, float]:
    times, size = [], 0
    for n in range(rounds + 2):
        began = time.perf_counter()
        answer = client.get(address(n))
        times.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{address(n)} answered {answer.status_code}")
        size = max(size, len(answer.content))
    times = sorted(times[2:])  # templates are read, statements prepared
    return {"p50": statistics.median(times), "p95": times[min(int(len(times) * 0.95), len(times) - 1)], "bytes": size}


def bare_view(request: HttpRequest, n: int) -> HttpResponse:  # noqa: ARG001
    """The limit: one query by primary key, one line of text."""
    from perennial.facts.models.people import Customer

    return HttpResponse(Customer.objects.values_list("email", flat=True).get(id=_BASE + 1 + n))


urlpatterns = [path("bare/<int:n>/", bare_view)]


def make(brand: int, shop: int, people: int) -> None:
    """A store of so many people, written barely."""
    from django.db import connection

    names = max(people // 100, 10)
    # n: 1 to people; squares make some names far more frequent than others.
    if connection.vendor == "sqlite":
        series = f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {people}) SELECT n FROM s)"
    else:
        series = f"(SELECT generate_series(1, {people})::bigint AS n)"
    drawn = f"((n * 7919) % 1000) * ((n * 104729) % 1000) * {names // 10} / 1000000"
    family = f"((n * 15485863) % 1000) * ((n * 32452843) % 1000) * {names} / 1000000"
    false, true = ("0", "1") if connection.vendor == "sqlite" else ("false", "true")
    null = "NULL::jsonb" if connection.vendor != "sqlite" else "NULL"
    base, at = _BASE, 1_700_000_000_000_000
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
         " CASE WHEN n % 5 = 0 THEN NULL ELSE (n * 7919) % 200000 END, 5000, 1 + n % 9, 18600 + (n * 31) % 1900,"
         " 19000 + (n * 17) % 1700, CASE n % 7 WHEN 0 THEN 'new' WHEN 1 THEN 'active' WHEN 2 THEN 'loyal' WHEN 3 THEN"
         " 'drifting' WHEN 4 THEN 'won_back' ELSE 'lost' END, 1 + n % 5, 1 + n % 5, 1 + n % 5, 'champions',"
         " CASE n % 7 WHEN 3 THEN 'drifting' WHEN 5 THEN 'lost' WHEN 6 THEN 'lost' ELSE 'on_time' END,"
         f" {false}, 40.0, 10.0, 90.0, CASE WHEN n % 6 = 0 THEN NULL ELSE 20500 + n % 300 END, 20600, 20900, 0.4,"
         " CASE WHEN n % 6 = 0 THEN NULL ELSE (n * 37) % 90000 END,"
         f" 'rhythm/1', {at}, 20500, {at} FROM {series} t"),
        ("INSERT INTO consent (id, brand_id, customer_id, channel, purpose, given, at, source, text_version, proof,"
         f" recorded_at) SELECT 2 * {base} + n, {brand}, {base} + n, CASE WHEN n % 50 = 0 THEN 'sms' ELSE 'email' END,"
         f" 'marketing', CASE WHEN n % 3 = 0 THEN {false} ELSE {true} END, {at}, '', '', '', {at} FROM {series} t"),
        ("INSERT INTO identity (id, brand_id, customer_id, store_id, kind, value, account, source, verified_at,"
         f" from_at, to_at) SELECT 3 * {base} + n, {brand}, {base} + n, {shop}, 'email', {mail}, {true}, 'made', NULL,"
         f" {at}, NULL FROM {series} t"),
        *_words(brand, series, {"first": f"'name' || ({drawn}) || 'x'", "last": f"'surname' || ({family}) || 'x'",
                                "mail": mail, "domain": "'post' || (n % 3) || '.example'",
                                "phone": "'6' || (n % 100000000)", "account": "'c' || n"}),
        ('INSERT INTO "order" (id, brand_id, store_id, version_at, version_rank, version_hash, customer_id, matched_by,'
         " name, number, channel, ordered_at, ordered_day, status, payment, currency, rate_e12, rate_stated,"
         " taxes_included, total, shipping, shipping_tax, tax, discount, net, lines_tax, subscription, source,"
         f" recorded_at) SELECT 5 * {base} + n, {brand}, {shop}, {at}, 0, 0, {base} + 1 + n % 100, 'account', 'o' || n,"
         f" '#' || n, 'online', {at} + n * 86400000000, 19600 + n % 900, 'closed', 'paid', 'EUR', 1000000000000,"
         f" {true}, {true}, 5000, 0, 0, 900, 0, 4100, 900, {false}, '', {at} FROM {series} t"
         f" WHERE n <= {100 * _ORDERS}"),
        ("INSERT INTO line (id, brand_id, store_id, order_id, name, kind, product_id, sku, title, quantity, total, tax,"
         f" discount, subscription, removed) SELECT 6 * {base} + n, {brand}, {shop}, 5 * {base} + 1 + n / 3, 'l' || n,"
         f" 'product', 7 * {base} + n % 200, '', 'Article ' || n % 200, 1000, 1600, 300, 0, '', {false}"
         f" FROM {series} t WHERE n < {300 * _ORDERS}"),
        ("INSERT INTO product (id, brand_id, store_id, version_at, version_rank, version_hash, title, maker, category,"
         f" currency, url, image, hidden) SELECT 7 * {base} + n, {brand}, {shop}, {at}, 0, 0, 'Article ' || n, 'Maker',"
         f" 'Category ' || n % 9, 'EUR', '', '', {false} FROM {series} t WHERE n < 200"),
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
        f"INSERT INTO word (id, brand_id, customer_id, word) SELECT {(10 + number) * _BASE} + n, {brand}, {_BASE} + n,"
        f" {part} FROM {series} t ORDER BY 4, 3"
        for number, part in enumerate(parts.values())
    ]
