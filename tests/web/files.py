"""Order files to hand in at the desk, and the loop that works on them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from perennial.stores.uploads.models import OrderFile
from perennial.work.loop import Loop, Ran
from perennial.work.tasks import TASKS

HEADER = ("order", "customer", "date", "product", "quantity", "amount")


def orders(count: int = 12, bad: Iterable[int] = (), header: tuple[str, ...] = HEADER) -> bytes:
    """A plain table of orders, one to three lines each; the ``bad`` ones have an amount that is none."""
    wrong = set(bad)
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(header)
    for n in range(count):
        for part in range(1 + n % 3):
            amount = "twelve" if n in wrong and not part else f"{10 + n % 7}.{part}0"
            day = f"2025-{1 + n % 12:02d}-{1 + n % 28:02d}"
            rows.writerow([f"N{n}", f"c{n % 11}@example.com", day, f"Té verde 茶 {part}", 1 + part, amount])
    return out.getvalue().encode()


def upload(client: Any, content: bytes, name: str = "orders.csv", **more: Any) -> Any:
    return client.post("/b/main/data/imports/upload/", {"file": SimpleUploadedFile(name, content), **more})


def handed_in(client: Any, content: bytes, name: str = "orders.csv", **more: Any) -> OrderFile:
    answer = upload(client, content, name, **more)
    assert answer.status_code == 302, answer.content
    return OrderFile.objects.get(id=int(answer["Location"].rstrip("/").rpartition("/")[2]))


def work(*names: str, now: datetime | None = None) -> list[Ran]:
    """The real loop, once over the tasks named (default: imports), with everything failed told."""
    wanted = names or ("imports",)
    at = now or datetime.now(UTC)
    ran = Loop(clock=lambda: at, tasks=[task for task in TASKS if task.name in wanted]).once()
    assert [one for one in ran if one.outcome == "failed"] == []
    return ran


def page(file: OrderFile, part: str = "") -> str:
    return f"/b/main/data/imports/{file.id}/{part}"
