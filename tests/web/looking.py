"""Run as a program: fetch addresses as the owner from the home that the environment names; tell what came as JSON.

Reads the addresses from standard input, one a line. A process of its own, because it also tells what a page loads.
"""

from __future__ import annotations

import json
import sys
from typing import Any

HEAVY = ("ibis", "duckdb", "scipy", "pyarrow", "numpy", "pandas")


def main() -> None:
    from perennial.database.start import start

    start()
    from datetime import UTC, datetime

    from django.test import Client

    from perennial.facts.models.brands import Brand
    from perennial.figures.models import Answer
    from perennial.web.access.people import give_role

    brand = Brand.objects.get()
    member = give_role(brand_id=brand.id, email="looking@example.org", role="owner", now=datetime.now(UTC))
    client = Client(headers={"host": "localhost", "accept-language": "en"})
    client.force_login(member.user)
    pages: dict[str, Any] = {}
    for address in sys.stdin.read().split():
        answer = client.get(address)
        pages[address] = {"status": answer.status_code, "html": answer.content.decode()}
    loaded = sorted({name.partition(".")[0] for name in sys.modules} & set(HEAVY))
    answers = {}
    for one in Answer.objects.filter(brand_id=brand.id, store_id=0).exclude(body=None):
        body = one.body or {}
        rows = [dict(zip(body["columns"], row, strict=True)) for row in body["rows"]]
        answers[json.dumps([one.name, one.params])] = rows
    json.dump({"pages": pages, "loaded": loaded, "answers": answers}, sys.stdout)


if __name__ == "__main__":
    main()
