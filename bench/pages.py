"""The desk's pages over a million people and ten million orders, as a browser gets them: from Granian, over HTTP.

Beside them, on the same machine and database: a bare Django view with one query, served by Granian too. Then the
list, a customer and the way in again, while a large file is imported and the work loop runs.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack

from django.http import HttpRequest, HttpResponse
from django.urls import path

from bench import inputs
from bench.figure import Aim, Figure, Line
from bench.measure import Job, environment, run
from bench.people import BASE
from bench.places import Place, postgres
from bench.visitor import Visitor, served

PAGE_MS, LIST_MS, PAGE_KB = 300, 200, 150
_LISTED = "/b/main/customers/"
_SORTED = ("revenue", "orders", "profit", "yearly_value", "first_order_day", "last_order_day", "expected_day")


def measure(where: Place) -> list[Figure]:
    """Each page on both databases; the most used ones again beside an import."""
    people, rounds = (1_000_000, 60) if where.full else (20_000, 20)
    figure = Figure("pages", "The desk's pages", where.size)
    slowest: dict[str, tuple[float, str]] = {}
    heaviest: tuple[float, str] = (0.0, "")
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        for database in ("SQLite", "PostgreSQL"):
            with where.home() as home:
                given = {"PERENNIAL_HOME": str(home)}
                if database == "PostgreSQL":
                    given |= {"PERENNIAL_DATABASE_URL": server.create("pages")}
                made = run(Job("bench.people:prepare", {"people": people}, given))
                pages, bare, sizes = _quiet(given, made.more["session"], people, rounds)
                busy = _beside_import(where, given, made.more["session"], people)
            for name, times in pages.items():
                size, requests = sizes.get(name, (0, 0))
                told = f", {size / 1024:.0f} KiB in {requests} requests" if requests else ""
                figure.lines.append(_line(f"{database}: {name}", times, statistics.median(bare), told))
                kind = "lists" if name.startswith("list") else "pages"
                slowest[kind] = max(slowest.get(kind, (0.0, "")), (_p95(times), f"{database}, {name}"))
                heaviest = max(heaviest, (size / 1024, name))
            figure.lines.append(_line(f"{database}: a bare view with one query", bare, statistics.median(bare), ""))
            for name, times in busy.items():
                figure.lines.append(_line(f"{database}, beside an import: {name}", times, statistics.median(bare), ""))
            figure.notes.append(f"{database}: {people:,} people, {10 * people:,} orders, made in {made.seconds:.0f} s.")
    for kind, most in (("pages", PAGE_MS), ("lists", LIST_MS)):
        p95, name = slowest[kind]
        told = f"p95 at most {p95 * 1000:.0f} ms ({name})"
        figure.aims.append(Aim(f"{kind} within {most} ms (p95)", told, p95 * 1000 < most))
    told = f"at most {heaviest[0]:.0f} KiB ({heaviest[1]})"
    figure.aims.append(Aim(f"a page under {PAGE_KB} KiB, uncompressed, all its parts", told, heaviest[0] < PAGE_KB))
    figure.notes += [
        "Seconds are the middle of many requests one after the other by one visitor, one web worker.",
        "KiB and requests: the page with style, scripts and drawn charts, at its first visit.",
        (
            f"Beside an import: `perennial serve` with its loop, and `perennial import` of {_lines(where):,} lines, "
            "from its beginning to its end. The way in is a password checked and the first page shown."
        ),
    ]
    return [figure]


def _lines(where: Place) -> int:
    return 1_000_000 if where.full else 20_000


def _p95(times: list[float]) -> float:
    return sorted(times)[min(int(len(times) * 0.95), len(times) - 1)]


def _line(what: str, times: list[float], bare: float, more: str) -> Line:
    middle = statistics.median(times)
    return Line(
        f"{what}, p50 of {len(times)}",
        0,
        middle,
        0,
        f"p95 {_p95(times) * 1000:.0f} ms, {middle / bare:.0f} x bare{more}",
    )


def _quiet(
    given: Mapping[str, str], session: str, people: int, rounds: int
) -> tuple[dict[str, list[float]], list[float], dict[str, tuple[int, int]]]:
    """Seconds of every page, of the bare view; bytes and requests of each page of the menu."""
    sizes: dict[str, tuple[int, int]] = {}
    with served(given, loop=False) as base, Visitor(base, session) as visitor:
        menu = visitor.menu()
        for name, address in menu.items():
            sizes[name] = visitor.weight(address)
        asked = {name: _always(address) for name, address in menu.items()} | _lists(people)
        asked["one customer"] = _one_customer
        sizes["one customer"] = visitor.weight(_one_customer(0))
        pages = {name: visitor.times(address, rounds) for name, address in asked.items()}
    with served(given, bare=True) as base, Visitor(base) as visitor:
        bare = visitor.times(lambda n: f"/bare/{n}/", 5 * rounds)
    return pages, bare, sizes


def _always(address: str) -> Callable[[int], str]:
    return lambda n: address  # noqa: ARG005


def _one_customer(n: int) -> str:
    from perennial.values.ids import public

    return f"{_LISTED}{public('cus', BASE + 1 + n % 100)}/"


def _lists(people: int) -> dict[str, Callable[[int], str]]:
    """What is asked of the list; it changes from round to round, so that no cache of a single page is measured."""
    asked: dict[str, Callable[[int], str]] = {
        "list, one rare word": lambda n: f"?q=surname{people // 100 - 1 - n}x",
        "list, two words": lambda n: f"?q=name{n % 40}x+surname{n}",
        "list, a word of a third of all": lambda n: f"?q=post{n % 3}",
        "list, two frequent words": lambda n: f"?q=name{n % 2}+post{n % 3}",
        "list, two frequent words of nobody": lambda n: "?q=post0.example+post1.example",  # noqa: ARG005
        "list, an address": lambda n: f"?q=p{n * 977}@",
        "list, a phone number": lambda n: f"?q=6000{n:02d}",
        "list, an order's number": lambda n: f"?q=%23{5 * BASE + 977 * n}",
        "list, drifting": lambda n: f"?rhythm=drifting&sort=-yearly_value&orders_from={n % 3}",
        "list, a cohort in a country": lambda n: f"?cohort={2021 + n % 4}-{n % 12 + 1:02d}&country=ES",
        "list, may be told by SMS": lambda n: f"?consent=sms&orders_from={n % 3}",
        "list, nobody meets it": lambda n: f"?rhythm=lost&stage=loyal&revenue_from={n}&revenue_to=400",
    }
    for column in _SORTED:
        asked[f"list, by {column}"] = lambda n, c=column: f"?sort={'-' if n % 2 else ''}{c}"  # type: ignore[misc]
        asked[f"list, by {column}, deep"] = lambda n, c=column: (  # type: ignore[misc]
            f"?sort={'-' if n % 2 else ''}{c}&after={40 + n}.{BASE + people // 2}"
        )
    return {name: lambda n, query=query: _LISTED + query(n) for name, query in asked.items()}  # type: ignore[misc]


def _beside_import(where: Place, given: Mapping[str, str], session: str, people: int) -> dict[str, list[float]]:
    """Seconds of the most used pages while ``perennial import`` writes and the loop runs."""
    path = inputs.plain_csv(where, _lines(where))
    lists = _lists(people)
    asked = {
        "today": _always("/b/main/today/"), "list, default": _always(_LISTED),
        "list, one rare word": lists["list, one rare word"], "list, drifting": lists["list, drifting"],
        "one customer": _one_customer,
    }  # fmt: skip
    taken: dict[str, list[float]] = {name: [] for name in asked} | {"the way in": []}
    with served(given, loop=True) as base, Visitor(base, session) as visitor:
        visitor.times(asked["list, default"], 3)
        command = [
            sys.executable,
            "-m",
            "perennial",
            "import",
            str(path),
            "--currency",
            "EUR",
            "--zone",
            "Europe/Madrid",
        ]
        with subprocess.Popen(
            command, env=environment(given), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as importer:
            n = 0
            while importer.poll() is None:
                for name, address in asked.items():
                    taken[name].append(visitor.seconds(address(n)))
                if n % 10 == 0:  # a password may be tried only so often in a minute
                    with Visitor(base) as stranger:
                        taken["the way in"].append(stranger.sign_in())
                n += 1
                with contextlib.suppress(subprocess.TimeoutExpired):
                    importer.wait(0.5)
        if importer.returncode:
            raise RuntimeError(f"the import ended with {importer.returncode}")
    return taken


def bare_view(request: HttpRequest, n: int) -> HttpResponse:  # noqa: ARG001
    """The limit: one query by primary key, one line of text."""
    from perennial.facts.models.people import Customer

    return HttpResponse(Customer.objects.values_list("email", flat=True).get(id=BASE + 1 + n))


urlpatterns = [path("bare/<int:n>/", bare_view)]
