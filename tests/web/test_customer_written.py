"""What staff write about a customer: nothing of it is dropped in silence, and refusals are in their language."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest

from perennial.facts.rules import records as r
from perennial.web.customers.words import REFUSALS
from tests.web.people import NOW, cus, customer, figures, id_of, record

ACTIONS = Path(__file__).parents[2] / "src" / "perennial" / "facts" / "actions"
DAYS = {f"day {n}": date(2020, 1, n) for n in range(1, 9)}


@pytest.fixture
def ana(store) -> str:
    children = (r.Beneficiary(name="Luna", relation="dog", dates=DAYS),)
    record(store, customers=[customer("a1", email="ana@example.org", first_name="Ana", beneficiaries=children)])
    figures(store, id_of("a1"))
    return f"/b/main/customers/{cus('a1')}/"


def luna():
    from perennial.models import Beneficiary

    return Beneficiary.objects.get(name="Luna")


def form(**more) -> dict[str, object]:
    """Luna's form as the page shows it, one row left empty."""
    from perennial.facts.actions.amend import version_of

    row = luna()
    told = {
        "id": str(row.id), "of": str(row.customer_id), "seen": str(version_of(row)), "name": row.name,
        "relation": row.relation, "label": [*row.dates, ""], "day": [*row.dates.values(), ""],
    }  # fmt: skip
    return {**told, **more}


def test_all_dates_of_somebody_with_many_are_kept(owner, ana):
    assert len(luna().dates) == 8
    assert owner.post(f"{ana}beneficiaries/", form(relation="cat")).status_code == 302
    assert luna().relation == "cat"
    assert luna().dates == {label: day.isoformat() for label, day in DAYS.items()}


@pytest.mark.parametrize(
    ("label", "day", "told"),
    [
        (["birthday"], [""], "birthday: say when this is"), ([""], ["2020-01-01"], "2020-01-01: say which day this is"),
        (["birthday"], [], "birthday: say when this is"),
        (["day", "day"], ["2020-01-01", "2020-01-02"], "“day” stands there twice"),
        (["x" * 65], ["2020-01-01"], "Which day: write at most 64 letters"),
        (["day"], ["soon"], "soon is no day"),
    ],
)  # fmt: skip
def test_dates_that_would_be_lost_are_refused(owner, ana, label: list[str], day: list[str], told: str):
    before = luna().dates
    answer = owner.post(f"{ana}beneficiaries/", form(label=label, day=day))
    assert answer.status_code == 400
    assert told in answer.content.decode()
    assert luna().dates == before


def test_whoever_removes_somebody_changed_meanwhile_sees_both_whatever_the_dates_are(owner, ana):
    told = form(do="remove", seen="1", label=["birthday"], day=[""])
    answer = owner.post(f"{ana}beneficiaries/", told)
    assert answer.status_code == 409
    assert "Who they are" in answer.content.decode()
    assert luna()


SPANISH = {"accept-language": "es"}


@pytest.mark.parametrize(
    ("part", "told", "says"),
    [
        ("attributes/", {"name": "talla", "type": "number", "value": "grande"}, "«grande» no es un número"),
        ("attributes/", {"name": "", "type": "text", "value": "x"}, "Qué: escribe"),
        ("attributes/", {"name": "x", "type": "text", "value": "y" * 1001}, "Valor: escribe"),
        ("attributes/", {"name": "x", "type": "bool", "value": "quizá"}, "sí o no"),
        ("attributes/", {"name": "x", "type": "date", "value": "31/02"}, "no es un día"),
        ("beneficiaries/", {"name": " ", "seen": "0"}, "Nombre: escribe algo"),
        ("beneficiaries/", {"name": "n" * 256, "seen": "0"}, "Nombre: escribe como máximo 255"),
        ("beneficiaries/", {"name": "Luna", "seen": "0"}, "Ya hay"),
        ("notes/", {"body": " "}, "necesita un texto"),
        ("notes/", {"body": "n" * 5001}, "como máximo 5000"),
    ],
)  # fmt: skip
def test_a_refusal_is_in_the_language_of_whoever_wrote(owner, ana, part: str, told: dict[str, str], says: str):
    answer = owner.post(ana + part, told, headers=SPANISH)
    assert answer.status_code == 400
    assert says in answer.content.decode()


def test_a_number_may_be_written_with_a_decimal_comma(owner, ana):
    from perennial.models import Attribute

    told = {"name": "talla", "type": "number", "value": "42,5"}
    assert owner.post(f"{ana}attributes/", told, headers=SPANISH).status_code == 302
    assert Attribute.objects.get(name="talla").value == 42.5


def test_a_merge_that_makes_no_sense_says_so_in_the_readers_language(store, owner, ana):
    record(store, customers=[customer("a2", email="anna@example.org")])
    figures(store, id_of("a2"))
    from perennial.facts.actions.merge import merge
    from perennial.facts.actions.stores import source_of
    from perennial.models import Merge
    from perennial.web.pages import customer_merge

    # Between the look at the two and the merge somebody else joined them the other way round.
    real = customer_merge.merge

    def late(**told):
        merge(
            source=source_of(store, "desk"), customer=told["into"], into=told["customer"], why="", author="1", now=NOW
        )
        return real(**told)

    customer_merge.merge = late
    try:
        answer = owner.post(f"{ana}merge/", {"with": cus("a2")}, headers=SPANISH)
    finally:
        customer_merge.merge = real
    assert answer.status_code == 409
    assert "Ya se unieron antes al revés" in answer.content.decode()
    assert not Merge.objects.exists()


def test_every_refusal_has_words():
    given = set()
    for name in ("amend", "notes", "merge", "erasing/again"):
        for raised in ast.walk(ast.parse((ACTIONS / f"{name}.py").read_text())):
            call = raised.exc if isinstance(raised, ast.Raise) else None
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") not in ("Outdated", "ValueError"):
                assert isinstance(call.args[1], ast.Constant), (name, raised.lineno)
                given.add(call.args[1].value)
    assert given == set(REFUSALS)
