"""Signs that no database keeps, and numbers that fit into none: in addresses and forms, on both databases."""

from __future__ import annotations

import pytest

from tests.web.people import cus, customer, figures, id_of, record

BAD = "a\0b"


@pytest.fixture
def ana(store) -> str:
    record(store, customers=[customer("a1", email="ana@example.org", first_name="Ana")])
    figures(store, id_of("a1"))
    return f"/b/main/customers/{cus('a1')}/"


@pytest.mark.parametrize(
    "address",
    [
        "log/?what=%00", "log/?who=user-%001", "customers/?q=an%00a", "customers/?sort=%00&rhythm=%00&country=%00",
        "customers/?consent=%00&late=%00&first_product=prd_%00", "customers/?after=%00.1", "retention/?until=%00",
        "value/?aov=%001", "goals/new/?kind=%00",
    ],
)  # fmt: skip
def test_an_address_with_a_nul_is_read_without_it(owner, ana, address: str):
    assert owner.get(f"/b/main/{address}").status_code == 200


@pytest.mark.parametrize(
    ("address", "form"),
    [
        ("work/again/", {"task": BAD}),
        ("data/stores/", {"name": BAD, "key": "x", "currency": "EUR", "zone": "Europe/Madrid", "locale": "es"}),
        ("customers/views/", {"name": BAD, "query": f"q={BAD}"}),
        ("customers/views/", {"name": "v", "query": "q=%00x"}),
        ("customers/export/", {"query": "q=%00x&country=E%00S"}),
        ("goals/new/?kind=doing", {"title": BAD, "behaviour": BAD, "product": BAD, "target": "5", "seen_version": "0"}),
        ("staff/invite/", {"email": "x\0@example.org", "name": BAD, "role": "support"}),
        ("keys/make/", {"name": BAD, "scopes": "customers:read"}),
        ("data/rates/", {"currency": "US\0D", "rate": "1", "day": "2026-02-01"}),
    ],
)  # fmt: skip
def test_a_form_with_a_nul_is_read_without_it(owner, ana, address: str, form: dict[str, str]):
    assert owner.post(f"/b/main/{address}", form).status_code < 500


@pytest.mark.parametrize(
    ("part", "form"),
    [
        ("notes/", {"body": BAD}), ("attributes/", {"name": BAD, "type": "text", "value": BAD}),
        ("beneficiaries/", {"name": BAD, "relation": BAD, "label": BAD, "day": "2020-01-01", "seen": "0"}),
        ("consents/", {"channel": "email", "purpose": "marketing", "given": "yes", "why": "desk:phone",
                       "text_version": BAD}),
    ],
)  # fmt: skip
def test_what_is_written_about_a_customer_is_kept_without_a_nul(owner, ana, part: str, form: dict[str, str]):
    assert owner.post(ana + part, form).status_code == 302
    page = owner.get(ana).content.decode()
    assert "\0" not in page
    assert "ab" in page


def test_a_merge_with_a_nul_finds_nobody(owner, ana):
    assert owner.get(f"{ana}merge/?q=%00&with=cus_%00").status_code == 200
    assert owner.post(f"{ana}merge/", {"with": BAD, "why": BAD}).status_code < 500


@pytest.mark.parametrize(
    "place", ["9223372036854775807.x.1", "-9223372036854775807.x.1", "1.\0.1", f"{2**62}.visit.1", "x"]
)
def test_a_story_from_a_place_that_is_none_begins_at_the_newest(owner, ana, place: str):
    assert owner.get(f"{ana}story/", {"before": place}).status_code == 200
