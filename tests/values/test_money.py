"""Money: nothing lost in splitting, one rounding in converting, no float anywhere."""

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from perennial.values.money import CurrencyMismatch, Money, Points, check_currency, convert, exponent, split

AMOUNTS = st.integers(-(10**18), 10**18)
CURRENCIES = st.sampled_from(["EUR", "USD", "JPY", "KWD", "CLF", "XOF", "GBP"])
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)
RATES = st.decimals(min_value="0.000001", max_value="1000000", places=12)


@given(AMOUNTS, WEIGHTS)
def test_the_parts_add_up_exactly(amount, weights):
    assert sum(split(amount, weights)) == amount


@given(AMOUNTS, WEIGHTS)
def test_no_part_is_a_whole_unit_away_from_its_share(amount, weights):
    assume(sum(weights))
    for part, weight in zip(split(amount, weights), weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(AMOUNTS, WEIGHTS)
def test_a_line_without_weight_gets_nothing(amount, weights):
    assume(sum(weights))
    parts = split(amount, weights)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(AMOUNTS, WEIGHTS)
def test_a_refund_splits_as_its_sale(amount, weights):
    assert split(-amount, weights) == [-part for part in split(amount, weights)]


@given(st.integers(0, 10**12), WEIGHTS, st.randoms())
def test_the_order_of_lines_changes_no_part_by_more_than_the_tie(amount, weights, random):
    order = list(range(len(weights)))
    random.shuffle(order)
    shuffled = split(amount, [weights[index] for index in order])
    # Equal weights may swap the odd unit among themselves, so the parts agree weight by weight.
    straight = sorted(zip(weights, split(amount, weights), strict=True))
    assume(len({Fraction(amount * w, sum(weights) or 1) % 1 for w in set(weights)}) == len(set(weights)))
    assert sorted(zip((weights[i] for i in order), shuffled, strict=True)) == straight


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [0, 0], [3, 2]),
        (1, [3, 7], [0, 1]),
        (1000, [1999, 499, 2502], [400, 100, 500]),
        (0, [1, 2], [0, 0]),
        (7, [5], [7]),
    ],
)
def test_splits_by_largest_remainder(amount, weights, parts):
    assert split(amount, weights) == parts
    assert Money(amount, "EUR").split(weights) == [Money(part, "EUR") for part in parts]


@pytest.mark.parametrize("weights", [[], [1, -1]])
def test_refuses_to_split_over_nothing_or_less(weights):
    with pytest.raises(ValueError, match="weights"):
        split(100, weights)


@given(AMOUNTS, RATES, CURRENCIES, CURRENCIES)
def test_converting_is_exact_and_rounds_once(amount, rate, source, target):
    exact = Fraction(amount) * Fraction(rate) * Fraction(10) ** (exponent(target) - exponent(source))
    expected = amount if source == target else round(exact)
    assert convert(amount, rate, source, target) == expected


@given(AMOUNTS, RATES)
def test_converting_does_not_depend_on_the_decimal_context(amount, rate):
    usual = convert(amount, rate, "EUR", "USD")
    with localcontext() as context:
        context.prec = 3
        assert convert(amount, rate, "EUR", "USD") == usual


@pytest.mark.parametrize(
    ("amount", "rate", "source", "target", "expected"),
    [
        (1000, "1.0850", "EUR", "USD", 1085),
        (1000, "162.35", "EUR", "JPY", 1624),  # 10 EUR = 1,623.5 yen: half to even
        (1000, "162.25", "EUR", "JPY", 1622),
        (1624, "0.00616", "JPY", "EUR", 1000),
        (1000, "0.3325", "EUR", "KWD", 3325),
        (-1, "0.5", "EUR", "USD", 0),
        (-3, "0.5", "EUR", "USD", -2),
        (12345678901234567, "1.23456789012345", "EUR", "USD", 15241578753238752),
        (999, "7", "EUR", "EUR", 999),
    ],
)
def test_converts(amount, rate, source, target, expected):
    assert convert(amount, Decimal(rate), source, target) == expected


@pytest.mark.parametrize("rate", ["0", "-1.1", "NaN", "Infinity"])
def test_refuses_what_is_no_rate(rate):
    with pytest.raises(ValueError, match="no exchange rate from EUR to USD"):
        convert(100, Decimal(rate), "EUR", "USD")


@given(st.integers(-(10**30), 10**30), CURRENCIES)
def test_major_units_lose_nothing(amount, currency):
    money = Money(amount, currency)
    assert Fraction(money.major) * 10 ** exponent(currency) == amount


@given(AMOUNTS, CURRENCIES)
def test_reads_back_what_it_writes(amount, currency):
    assume(abs(amount) < 10**17)
    money = Money(amount, currency)
    number, code = str(money).split()
    assert Money.of(number, code) == money
    assert Money.of(money.major, code) == money


@pytest.mark.parametrize(
    ("major", "currency", "minor"),
    [
        ("12.50", "EUR", 1250),
        ("-0.01", "EUR", -1),
        (7, "EUR", 700),
        ("1250", "JPY", 1250),
        ("1.234", "KWD", 1234),
        ("1.2000", "EUR", 120),
        ("1e2", "EUR", 10_000),
        ("0e-50", "EUR", 0),
        ("-0", "EUR", 0),
        ("123456789012345678.99", "EUR", 12345678901234567899),
    ],
)
def test_reads_major_units(major, currency, minor):
    assert Money.of(major, currency) == Money(minor, currency)


@pytest.mark.parametrize(
    ("major", "currency", "message"),
    [
        ("12.505", "EUR", r"more digits after the point than EUR has \(2\)"),
        ("0.5", "JPY", r"more digits after the point than JPY has \(0\)"),
        ("1e-999999999", "EUR", "more digits after the point"),
        ("1e999999999", "EUR", "too large"),
        ("twelve", "EUR", "write it as 12.50"),
        ("", "EUR", "write it as 12.50"),
        ("NaN", "EUR", "write it as 12.50"),
        ("-Infinity", "EUR", "write it as 12.50"),
        ("1", "euro", "ISO 4217"),
        ("1", "eur", "ISO 4217"),
    ],
)
def test_says_what_is_wrong_with_an_amount(major, currency, message):
    with pytest.raises(ValueError, match=message):
        Money.of(major, currency)


@pytest.mark.parametrize("amount", [1.0, True, "1", Decimal(1), None])
def test_minor_units_are_integers(amount):
    with pytest.raises(TypeError):
        Money(amount, "EUR")
    with pytest.raises(TypeError):
        Points(amount)


@given(AMOUNTS, AMOUNTS)
def test_adds_subtracts_and_orders(a, b):
    one, two = Money(a, "EUR"), Money(b, "EUR")
    assert (one + two).amount == a + b
    assert (one - two).amount == a - b
    assert (-one).amount == -a
    assert [one < two, one <= two, one > two, one >= two] == [a < b, a <= b, a > b, a >= b]
    assert bool(one) is (a != 0)
    assert (Points(a) + Points(b) - Points(b)) == Points(a)


@pytest.mark.parametrize("verb", ["__add__", "__sub__", "__lt__", "__le__"])
def test_currencies_do_not_mix(verb):
    with pytest.raises(CurrencyMismatch, match="EUR and USD"):
        getattr(Money(1, "EUR"), verb)(Money(1, "USD"))


@given(AMOUNTS, st.fractions(max_denominator=10**6))
def test_a_factor_is_exact_and_rounds_half_to_even(amount, factor):
    assert Money(amount, "EUR").times(factor).amount == round(Fraction(amount) * factor)


def test_half_a_cent_goes_to_the_even_one():
    assert [Money(n, "EUR").times(Fraction(1, 2)).amount for n in (1, 3, 5, -1, -3)] == [0, 2, 2, 0, -2]


def test_money_reads_well():
    assert [str(Money(-5, "EUR")), str(Money(5, "JPY")), str(Money(5, "KWD")), str(Points(-3))] == [
        "-0.05 EUR",
        "5 JPY",
        "0.005 KWD",
        "-3 points",
    ]


def test_minor_units_of_iso_4217_agree_with_babel():
    from babel.numbers import get_currency_precision

    # Babel's CLDR data tell how a currency is shown, not how it is counted; these differ on purpose.
    shown_otherwise = {"UYI": 0, "UYW": 4, "CLF": 4, "IQD": 3, "UGX": 0}
    for code in (
        "EUR",
        "USD",
        "JPY",
        "KRW",
        "VND",
        "XAF",
        "XOF",
        "XPF",
        "KWD",
        "BHD",
        "JOD",
        "OMR",
        "TND",
        "ISK",
    ):
        assert exponent(code) == get_currency_precision(code), code
    assert {code: exponent(code) for code in shown_otherwise} == shown_otherwise


@pytest.mark.parametrize("code", ["", "EU", "EURO", "eur", "E1R", "ÉUR", "EUR\n"])
def test_a_currency_has_three_capital_letters(code):
    with pytest.raises(ValueError, match="ISO 4217"):
        check_currency(code)
