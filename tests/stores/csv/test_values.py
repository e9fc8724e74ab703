"""Amounts, dates, states and countries: read exactly, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.stores.csv.mapping import amounts, dates, states
from perennial.stores.csv.mapping.amounts import Wrong, parse_amount, parse_quantity
from perennial.stores.csv.mapping.countries import country_code
from perennial.stores.csv.mapping.dates import instant
from perennial.stores.csv.mapping.fields import fold
from perennial.stores.csv.parser.faults import SENTENCES
from perennial.values.reason import Reason
from perennial.values.time import LocalDay, to_us


def told(read: Callable[[], object]) -> object:
    """What was read, or the code of what is wrong with it."""
    try:
        return read()
    except Wrong as wrong:
        return wrong.code


AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


@given(AMOUNTS, st.sampled_from(["", "€", "$", "USD ", "R$ ", "kr "]))
def test_what_is_written_is_read(value: Decimal, sign: str) -> None:
    wanted = int(value * 10_000)
    english, german, swiss = (
        f"{value:,.2f}",
        f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
        f"{value:,.2f}".replace(",", "'"),
    )
    french = f"{value:,.2f}".replace(",", "\u202f").replace(".", ",")
    assert parse_amount(sign + english, ".") == wanted
    assert parse_amount(str(value), ".") == wanted
    assert parse_amount(swiss, ".") == wanted
    assert parse_amount(german + " €", ",") == wanted
    assert parse_amount(french + " EUR", ",") == wanted
    if value < 0:
        assert parse_amount(f"({english[1:]})", ".") == wanted
        assert parse_amount(f"{english[1:]}-", ".") == wanted
        assert parse_amount(f"-{sign}{english[1:]}", ".") == wanted


@given(st.text(max_size=12), st.sampled_from([".", ","]))
def test_any_text_is_an_amount_or_wrong(text: str, decimal: str) -> None:
    for parse in (parse_amount, parse_quantity):
        value = told(lambda parse=parse: parse(text, decimal))
        assert value is None or isinstance(value, int) or value in SENTENCES


@pytest.mark.parametrize(
    "text", ["12,50", "1.5.0", "1,23", "12,3456", "--5", "5-5", "abc", "1 2", "1e", "12 pieces", "(5", "1,,000"]
)
def test_a_wrong_separator_is_no_hundredfold_amount(text: str) -> None:
    with pytest.raises(Wrong):
        parse_amount(text, ".")


def test_more_digits_are_rounded_half_to_even() -> None:
    assert [parse_amount(text, ".") for text in ("19.990000000000002", "0.00005", "0.00015", ".5", "7.")] == [
        199900,
        0,
        2,
        5000,
        70000,
    ]
    assert parse_quantity("1.5", ".") == 1500
    assert parse_quantity("-3", ".") == -3000


@pytest.mark.parametrize(
    ("texts", "delimiter", "decimal", "currency"),
    [
        (["1,234.50", "3.20"], ",", ".", ""),
        (["1.234,50 €", "3,20 €"], ";", ",", "EUR"),
        (["1234", "12"], ";", ".", ""),
        (["1.234", "2.500"], ";", ",", ""),
        (["1.234.567", "12"], ",", ",", ""),
        (["$5", "$1,000"], ",", ".", "USD"),
    ],
)
def test_the_decimal_sign_of_a_file(texts: list[str], delimiter: str, decimal: str, currency: str) -> None:
    style = amounts.decide(texts, delimiter)
    assert (style.decimal, style.currency) == (decimal, currency)


ZONES = st.sampled_from(
    ["UTC", "Europe/Madrid", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Australia/Lord_Howe"]
)
FIRST, LAST = datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2099-01-01")
MOMENTS = st.datetimes(FIRST, LAST).map(lambda m: m.replace(microsecond=0))


@given(MOMENTS, ZONES)
def test_instants_and_local_days_are_those_of_the_zone(moment: datetime, zone: str) -> None:
    from perennial.values.time import zone as zone_of

    aware = moment.replace(tzinfo=zone_of(zone))
    for text in (f"{moment:%Y-%m-%d %H:%M:%S}", f"{moment:%Y-%m-%dT%H:%M:%S}", f"{moment:%Y/%m/%d %H:%M:%S}"):
        assert instant(text, "iso", zone) == (to_us(aware), int(LocalDay.of(aware.astimezone(UTC), zone)))
    assert instant(f"{moment:%d/%m/%Y %H:%M:%S}", "day_first", zone) == instant(
        f"{moment:%m/%d/%Y %I:%M:%S %p}", "month_first", zone
    )
    utc = moment.replace(tzinfo=UTC)
    wanted = (to_us(utc), int(LocalDay.of(utc, zone)))
    assert instant(f"{moment:%Y-%m-%d %H:%M:%S} +0000", "iso", zone) == wanted
    assert instant(f"{moment:%Y-%m-%dT%H:%M:%S}Z", "iso", zone) == wanted


@pytest.mark.parametrize(
    ("text", "style", "wanted"),
    [
        ("Dec 1, 2010, 8:26:00 AM", "iso", "2010-12-01 08:26:00"),
        ("May 31, 2023, 12:05:09 PM", "iso", "2023-05-31 12:05:09"),
        ("May 31, 2023 12:05:09 AM", "iso", "2023-05-31 00:05:09"),
        ("1 de enero de 2024", "iso", "2024-01-01 00:00:00"),
        ("3 févr. 2024 14h05", "iso", "2024-02-03 14:05:00"),
        ("15 agosto 2023", "iso", "2023-08-15 00:00:00"),
        ("01-Dec-2010", "iso", "2010-12-01 00:00:00"),
        ("12/1/2010 8:26", "month_first", "2010-12-01 08:26:00"),
        ("31.12.24", "day_first", "2024-12-31 00:00:00"),
        ("20241231", "iso", "2024-12-31 00:00:00"),
        ("45384.34789351852", "excel", "2024-04-02 08:20:58"),
        ("1714557600", "unix", "2024-05-01 10:00:00"),
        ("1714557600000", "unix", "2024-05-01 10:00:00"),
    ],
)
def test_dates_as_people_write_them(text: str, style: dates.Style, wanted: str) -> None:
    assert instant(text, style, "UTC") == instant(wanted, "iso", "UTC")


def test_the_hours_of_daylight_saving() -> None:
    # Skipped: 02:30 becomes 03:30; twice: the first.
    assert instant("2024-03-31 02:30", "iso", "Europe/Madrid") == instant("2024-03-31 01:30Z", "iso", "Europe/Madrid")
    assert instant("2024-10-27 02:30", "iso", "Europe/Madrid") == instant("2024-10-27 00:30Z", "iso", "Europe/Madrid")


@given(st.text(max_size=20), st.sampled_from(list(dates.NAMES)))
def test_any_text_is_a_date_or_wrong(text: str, style: dates.Style) -> None:
    found = told(lambda: instant(text, style, "Europe/Rome"))
    if isinstance(found, tuple):
        assert date(1969, 12, 31) <= LocalDay(found[1]).date <= date(2100, 1, 1)
    else:
        assert found is None or found in SENTENCES


def test_the_style_of_a_file() -> None:
    decide = dates.decide
    assert decide(["2024-01-05"]).style == "iso"
    assert decide(["05/01/2024", "25/01/2024"]).style == "day_first"
    assert decide(["01/05/2024", "01/25/2024"]).style == "month_first"
    assert decide([f"0{n}/04/2024" for n in range(1, 9)]).style == "day_first"
    assert decide([f"04/0{n}/2024" for n in range(1, 9)]).style == "month_first"
    assert decide(["03/04/2025"]).style == "day_first"
    assert decide(["03/04/2025"]).doubt == Reason.of("doubt.day_first", text="03/04/2025")
    assert decide(["03/04/2025"], american=True).style == "month_first"
    assert decide(["03/04/2025 5:00 PM"]).style == "month_first"
    mixed = decide(["25/01/2024", "26/01/2024", "01/27/2024"])
    assert mixed.style == "day_first"
    assert mixed.doubt == Reason.of("doubt.mixed_dates", day="25/01/2024", month="01/27/2024")
    assert decide(["45384", "45385.5"]).style == "excel"
    assert decide(["1714557600"]).style == "unix"
    assert decide([]).style == "iso"


def test_states_in_four_languages() -> None:
    parse = states.parse_state
    assert [parse(t) for t in ("Paid", "wc-completed", "Annullato", "Remboursée", "en espera",
        "partially_refunded", "", "zap")] == [
        states.PAID, states.CLOSED, states.CANCELLED, states.REFUNDED, states.PENDING, states.PARTIAL, None,
            states.UNKNOWN,
    ]  # fmt: skip


def test_countries_by_name_or_code() -> None:
    names = ("Spain", "España", "it", "EIRE", "Royaume-Uni", "USA", "Unspecified", "European Community", "")
    assert [country_code(name) for name in names] == ["ES", "ES", "IT", "IE", "GB", "US", None, None, None]


def test_headers_are_compared_folded() -> None:
    assert {fold(t) for t in ("orderNumber", "Order Number", "ORDER_NUMBER", "order-number")} == {"order number"}
    assert fold("Nº de Teléfono") == "no de telefono"
    assert fold("InvoiceNo") == "invoice no"
