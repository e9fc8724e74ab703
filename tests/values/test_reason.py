"""Reasons: codes with parameters."""

import pytest

from perennial.values.reason import Reason


def test_the_order_of_parameters_does_not_matter():
    assert Reason.of("gate.cap", limit=2, days=7) == Reason("gate.cap", (("limit", 2), ("days", 7)))
    assert hash(Reason.of("gate.cap", limit=2, days=7)) == hash(Reason.of("gate.cap", days=7, limit=2))


def test_the_stored_form():
    assert Reason.of("gate.no_consent").as_json() == {"code": "gate.no_consent"}
    assert Reason.of("gate.cap", limit=2).as_json() == {"code": "gate.cap", "params": {"limit": 2}}


@pytest.mark.parametrize(
    "code", ["", "gate", "Gate.cap", "gate.", "gate cap", "gate.no consent", "9.cap", "gate.cap\n"]
)
def test_a_code_is_no_sentence(code):
    with pytest.raises(ValueError, match=r"room\.what_happened"):
        Reason(code)
