"""The stable hash: fixed for ever, and the same inside an engine."""

import hashlib
import math

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perennial.values.hashing import (
    SPACE,
    bucket,
    canonical,
    chance,
    fingerprint,
    hex_below,
    stable_hash,
    stable_hex,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=15,
)


def test_golden_values_never_change():
    """Arms, buckets and fingerprints out in the world depend on these: a change here breaks them all."""
    assert stable_hex("experiment", "spring", 42) == "92122c7b094940c"
    assert stable_hash("experiment", "spring", 42) == 0x92122C7B094940C
    assert stable_hex() == stable_hex("") == "e3b0c44298fc1c1"
    assert bucket(10, "experiment", "spring", 42) == 5
    assert fingerprint({}) == "2afb9b83f9314e5d029766197f539792"
    assert fingerprint({"b": 1, "a": [1.0, None, True, "é"]}) == "f5e05a7e7f1946d7a751d8288f92553e"
    assert [hex_below(share) for share in (0, 0.05, 0.5, 1)] == [
        "000000000000000",
        "0ccccccccccccd0",
        "800000000000000",
        "g",
    ]


def test_it_is_plain_sha_256():
    text = b"experiment\x1fspring\x1f42"
    assert stable_hex("experiment", "spring", 42) == hashlib.sha256(text).hexdigest()[:15]


@given(st.lists(st.text() | st.integers(), max_size=4))
def test_the_number_is_the_hex_text(parts):
    assert 0 <= stable_hash(*parts) < SPACE
    assert f"{stable_hash(*parts):015x}" == stable_hex(*parts)


@given(st.floats(0, 1), st.integers())
def test_comparing_text_is_comparing_numbers(share, key):
    assert chance(share, key) is (stable_hash(key) < round(share * SPACE))


@given(st.floats(0, 1), st.floats(0, 1), st.integers())
def test_a_larger_share_holds_the_smaller(a, b, key):
    assert chance(max(a, b), key) or not chance(min(a, b), key)


def test_nobody_and_everybody():
    assert not any(chance(0, key) for key in range(1000))
    assert all(chance(1, key) for key in range(1000))


@pytest.mark.parametrize("share", [-0.01, 1.01, math.nan, math.inf])
def test_a_share_is_a_share(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        hex_below(share)


def test_duckdb_makes_the_same_assignment():
    keys = 20_000
    rows = duckdb.sql(
        f"""
        SELECT i, left(sha256('experiment' || chr(31) || 'spring' || chr(31) || i), 15) AS h,
               h < '{hex_below(0.05)}' AS small, h < '{hex_below(0.5)}' AS half,
               h < '{hex_below(1)}' AS everyone
        FROM range({keys}) t(i)
        """
    ).fetchall()
    assert len(rows) == keys
    for key, text, small, half, everyone in rows:
        parts = ("experiment", "spring", key)
        assert text == stable_hex(*parts)
        assert (small, half, everyone) == (chance(0.05, *parts), chance(0.5, *parts), True)


def test_duckdb_agrees_on_any_text():
    names = ["", "é", "日本", "🎁", "a'b", "\x00", "x" * 10_000, "\x1f"]
    for name in names:
        told = duckdb.execute("SELECT left(sha256(?), 15)", [name]).fetchone()
        assert told == (stable_hex(name),)


def test_shares_are_kept_within_chance():
    """Five standard deviations of a fair binomial: the keys are fixed, so this cannot flicker."""
    keys = 100_000
    for share in (0.01, 0.1, 0.5, 0.9):
        hits = sum(chance(share, "hold-out", key) for key in range(keys))
        assert abs(hits - share * keys) < 5 * math.sqrt(keys * share * (1 - share))


def test_two_experiments_are_independent():
    keys = 40_000
    both = sum(chance(0.5, "a", key) and chance(0.5, "b", key) for key in range(keys))
    assert abs(both - keys / 4) < 5 * math.sqrt(keys * 3 / 16)


def test_buckets_are_even():
    counts = [0] * 7
    for key in range(70_000):
        counts[bucket(7, key)] += 1
    chi_square = sum((count - 10_000) ** 2 / 10_000 for count in counts)
    assert chi_square < 22.46  # 99.9 % of fair sevens stay below (6 degrees of freedom)


@given(st.integers(1, 10**9), st.integers())
def test_a_bucket_lies_in_range(count, key):
    assert 0 <= bucket(count, key) < count


def test_there_is_at_least_one_bucket():
    with pytest.raises(ValueError, match="at least one bucket"):
        bucket(0, "a")


@given(JSON)
def test_canonical_text_is_json_and_stable(body):
    import json

    text = canonical(body)
    assert json.loads(text) == body
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_keys_does_not_matter(body):
    turned = dict(reversed(body.items()))
    assert canonical(turned) == canonical(body)
    assert fingerprint(turned) == fingerprint(body)


def test_canonical_is_short_and_keeps_unicode():
    assert canonical({"b": 1, "a": ["é", "日本"]}) == '{"a":["é","日本"],"b":1}'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_json_is_refused(number):
    with pytest.raises(ValueError, match="JSON"):
        canonical({"a": number})


def test_different_bodies_have_different_names():
    bodies = [{}, [], None, 0, 0.0, "", False, {"a": 1}, {"a": "1"}, {"a": 1.0}, {"a": [1]}]
    assert len({fingerprint(body) for body in bodies}) == len(bodies)
    assert fingerprint("\ud800") != fingerprint("\ud801")  # half a surrogate pair, from a broken export
