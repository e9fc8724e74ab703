"""P33: whatever is sent to the API, it never fails, keeps to its own description, and tells nothing of other brands.

Requests are made up from the API's description by Schemathesis, right ones and wrong ones, with a secret and a
publishable key, with ids that exist and such that do not. The matrix of every endpoint with every key that must
not get in is run by the tests (tests/web/api/test_matrix.py).
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from prove.outcome import Outcome

if TYPE_CHECKING:
    from schemathesis import Case
    from schemathesis.schemas import APIOperation

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
SECRET = "not-to-be-told"  # stands in everything of the other brand
TITLE = "The API under any request"


def prove(*, seed: int, size: str) -> Outcome:
    """On each database, in a process of its own; and Django's own check of what is deployed."""
    from prove.places import house

    examples = 400 if size == "full" else 10
    outcome = Outcome("P33", TITLE, f"--seed {seed}")
    for database in ("SQLite", "PostgreSQL"):
        with house(database) as where:
            process = where.run("prove.api", str(seed), str(examples), stdout=subprocess.PIPE)
            told, _ = process.communicate()
            outcome.claim(f"{database}: the process ends well", process.returncode, kept=process.returncode == 0)
            for line in told.splitlines():
                kept, text, found = line.split("\t")
                outcome.claim(f"{database}: {text}", found, kept=kept == "True")
            if database == "SQLite":
                where.environment.update(DJANGO_SETTINGS_MODULE="perennial.settings", PERENNIAL_HOSTS="shop.example")
                check = where.run(
                    "django",
                    "check",
                    "--deploy",
                    "--fail-level",
                    "WARNING",
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
                _, said = check.communicate()
                outcome.claim("`check --deploy` is clean", said.strip() or "clean", kept=check.returncode == 0)
    outcome.notes.append("Every endpoint with every key that must not get in: tests/web/api/test_matrix.py.")
    return outcome


@dataclass
class Seen:
    """What came back."""

    answers: Counter[int] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    against: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


def fuzz(*, seed: int, examples: int) -> Outcome:
    """``examples`` right and as many wrong requests per endpoint and key, on Django's database."""
    import schemathesis
    from django.core.wsgi import get_wsgi_application
    from schemathesis import GenerationMode

    outcome = Outcome("P33", TITLE, f"--seed {seed}")
    keys, ids = _filled()
    _without_limits()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())
    seen = Seen()
    operations = [one.ok() for one in schema.get_all_operations()]
    for number, operation in enumerate(operations):
        for key in keys:
            for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
                for known in _known(operation, ids):
                    _try(operation, seen, keys[key], (mode, known), (seed * 1_000 + number, examples))
    total = sum(seen.answers.values())
    codes = ", ".join(f"{code}: {count:,}" for code, count in sorted(seen.answers.items()))
    outcome.claim(f"{total:,} requests to {len(operations)} endpoints: none fails", _first(seen.failed) or codes,
                  kept=not seen.failed and total > len(operations))  # fmt: skip
    outcome.claim("every answer is as described", _first(seen.against) or "all", kept=not seen.against)
    outcome.claim("no answer tells of the other brand", _first(seen.leaks) or "none", kept=not seen.leaks)
    outcome.claim("right requests get in, wrong ones are refused", codes,
                  kept=min(seen.answers[code] for code in (200, 403, 422)) > 0)  # fmt: skip
    return outcome


def _first(found: list[str]) -> str:
    return f"{len(found):,}, first: {' '.join(found[0].split())[:300]}" if found else ""


def _known(operation: APIOperation[Any, Any, Any], ids: dict[str, str]) -> Iterator[dict[str, str]]:
    """Parts of the address: made up; and such that lead somewhere."""
    yield {}
    wanted = {one.name for one in operation.path_parameters}
    if wanted:
        yield {name: ids[name] for name in wanted}


def _try(
    operation: APIOperation[Any, Any, Any],
    seen: Seen,
    key: str,
    what: tuple[Any, dict[str, str]],
    size: tuple[int, int],
) -> None:
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from hypothesis.errors import Unsatisfiable

    mode, known = what

    def send(case: Case) -> None:
        case.path_parameters = {**case.path_parameters, **known}
        _judge(case, seen, key)

    try:
        run = settings(
            max_examples=size[1], database=None, deadline=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )(seed(size[0])(given(operation.as_strategy(generation_mode=mode))(send)))  # fmt: skip
        run()
    except Unsatisfiable:
        return  # nothing about this call can be wrong


def _judge(case: Case, seen: Seen, key: str) -> None:
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    case.headers = {name: value for name, value in (case.headers or {}).items() if name.lower() != "authorization"}
    response = case.call(headers={"Authorization": f"Bearer {key}", "Host": "localhost"})
    seen.answers[response.status_code] += 1
    where = f"{case.method} {case.path}: {response.status_code}"
    if response.status_code >= 500:
        seen.failed.append(f"{where} to {case.as_curl_command()}")
    if SECRET in response.text:
        seen.leaks.append(where)
    try:
        case.validate_response(
            response, checks=[status_code_conformance, content_type_conformance, response_schema_conformance]
        )
    except (FailureGroup, Failure) as wrong:
        seen.against.append(f"{where}: {wrong}")


def _filled() -> tuple[dict[str, str], dict[str, str]]:
    """Two brands with somebody in each; keys of the first, and ids that are there."""
    from perennial.documents.actions import save
    from perennial.facts.actions.record import record
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.facts.models.orders import Order
    from perennial.facts.rules import records as r
    from perennial.segments.actions.lists import add_to_list, make_list
    from perennial.segments.actions.previews import want_preview
    from perennial.segments.rules.listing import Entry
    from perennial.segments.rules.rule import read
    from perennial.values.ids import public
    from perennial.web.access.keys import make_key
    from perennial.web.access.scopes import BY_KIND

    for brand, word in (("main", "anybody"), ("other", SECRET)):
        store = open_store(now=NOW, currency="EUR", zone="Europe/Madrid", name=word, brand=brand)
        who = r.Who(account=word, email=f"{word}@example.org")
        order = r.Order(name=word, who=who, ordered_at=NOW, updated_at=NOW, currency="EUR", total=100,
                        lines=(r.Line(name="1", product=word, title=word, total=100),))  # fmt: skip
        person = r.Customer(who=who, updated_at=NOW, first_name=word)
        record(r.Batch(orders=(order,), customers=(person,)), source=source_of(store, "prove"), now=NOW)
    placed = Order.objects.get(name="anybody")
    save(
        brand_id=placed.brand_id, kind="reporting", key="default", body={"costs": {"winning": "25.00 EUR"}},
        author="prove", seen_version=0, now=NOW,
    )  # fmt: skip
    fair = make_list(brand_id=placed.brand_id, title="fair", now=NOW)
    people = [Entry("email", f"person{number}@example.org") for number in range(60)]
    add_to_list(brand_id=placed.brand_id, list_id=fair.id, entries=people, now=NOW)
    rule = read("orders >= 1")
    save(
        brand_id=placed.brand_id, kind="segment", key="default", body={"title": "Anybody", "rule": rule.content()},
        author="prove", seen_version=0, now=NOW, state="live",
    )  # fmt: skip
    preview = want_preview(brand_id=placed.brand_id, rule=rule, now=NOW)
    keys = {
        kind: make_key(brand_id=placed.brand_id, kind=kind, name=kind, scopes=scopes, now=NOW)[1]
        for kind, scopes in BY_KIND.items()
    }
    ids = {"customer_id": public("cus", placed.customer_id or 0), "order_id": public("ord", placed.id),
           "name": "retention_trend", "kind": "reporting", "key": "default",
           "list_key": "fair", "preview_id": preview.key}  # fmt: skip
    return keys, ids


def _without_limits() -> None:
    from perennial.web.api import limits

    limits.SECRET = limits.PUBLISHABLE = limits.Buckets(10**9, 1)


def main(seed: int, examples: int) -> None:
    """In a process of its own: make tables, fuzz, tell claims."""
    from perennial.database.start import start

    start()
    for claim in fuzz(seed=seed, examples=examples).claims:
        print(claim.kept, claim.text, claim.found.replace("\t", " "), sep="\t")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
