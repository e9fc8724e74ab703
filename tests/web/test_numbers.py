"""Numbers that people type: as their language writes them, and of a size that no worker chokes on."""

from __future__ import annotations

import re
from datetime import date

import pytest
from babel import Locale

from perennial.web.desk.inputs import plain
from tests.web.people import make_many

HUGE = ("1e999999", "9e999990", "-9e999990", "NaN", "Infinity", "1e-999999999999999999999")


@pytest.mark.parametrize(
    ("lang", "text", "read"),
    [
        ("es", "42,5", "42.5"), ("fr", " 1234,50 ", "1234.50"), ("it", "1,234", "1.234"), ("es", "42.5", "42.5"),
        ("en", "42.5", "42.5"), ("en", "42,5", "42.5"), ("en", "1,234", "1,234"), ("en", "1,234.50", "1,234.50"),
        ("es", "1.234,50", "1.234,50"), ("en", "1,2,3", "1,2,3"),
    ],
)  # fmt: skip
def test_a_comma_is_a_decimal_sign_unless_it_may_part_thousands(lang: str, text: str, read: str):
    assert plain(text, Locale.parse(lang)) == read


@pytest.mark.parametrize("field", ["revenue_from", "revenue_to"])
@pytest.mark.parametrize("text", HUGE)
def test_a_filter_with_a_number_beyond_all_measure_says_so(store, owner, field: str, text: str):
    page = owner.get("/b/main/customers/", {field: text})
    assert page.status_code == 200
    assert "is no amount: write it like 1234.50" in page.content.decode()


def test_an_export_with_such_a_number_is_not_made(store, owner):
    answer = owner.post("/b/main/customers/export/", {"query": "revenue_from=9e999990"}, follow=True)
    assert answer.status_code == 200
    assert "nothing was exported" in answer.content.decode()


def test_a_revenue_may_be_written_with_a_decimal_comma(store, owner):
    make_many(store, 30)
    counts = [
        re.search(r"(\d+) (?:people|person)", owner.get("/b/main/customers/", {"revenue_from": text}).content.decode())
        for text in ("50.05", "50,05")
    ]
    assert None not in counts
    assert len({found[1] for found in counts if found}) == 1


@pytest.mark.parametrize("text", HUGE)
def test_a_rate_beyond_all_measure_is_refused(store, owner, text: str):
    said = {"currency": "USD", "rate": text, "day": date(2026, 2, 1).isoformat()}
    answer = owner.post("/b/main/data/rates/", said, follow=True)
    assert answer.status_code == 200
    assert "Rate: write" in answer.content.decode()


@pytest.mark.parametrize("text", HUGE)
def test_a_tried_input_beyond_all_measure_is_refused(store, owner, text: str):
    assert owner.get("/b/main/value/", {"aov": text}).status_code == 200
