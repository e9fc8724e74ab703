"""Random rules, of every condition in every way in which it can be said."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from perennial.segments.rules.compare import Among, Beside, Compare, Within
from perennial.segments.rules.conditions.counted import WORDS, Counted, Part
from perennial.segments.rules.conditions.dated import EVENTS, Dated, Since, Yearly
from perennial.segments.rules.conditions.named import Bucket, Labelled, Member, Score
from perennial.segments.rules.conditions.ranked import Ranked
from perennial.segments.rules.conditions.sequence import Sequence, Step
from perennial.segments.rules.conditions.standing import (
    CHANNELS,
    KNOWN,
    PURPOSES,
    Attribute,
    Fact,
    Permission,
    Standing,
)
from perennial.segments.rules.rule import All, Either, Not
from perennial.values.time import Period

# Whatever people call things: quotes, back strokes, any script; but no control characters, and no spaces at the ends.
lines = (
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
keys = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,12}", fullmatch=True)
windows = st.builds(Period, st.integers(1, 36), st.sampled_from(["day", "week", "month", "year"]))
days = st.dates(date(1900, 1, 1), date(2199, 12, 31)).map(str)
sums = st.builds(
    lambda number, currency: f"{number / 100:.2f}{currency}",
    st.integers(0, 10**8), st.sampled_from(["", " EUR", " JPY"]),
)  # fmt: skip
_VALUES = {
    "count": st.integers(0, 10**6),
    "sum": sums,
    "share": st.integers(0, 10_000).map(lambda n: n / 10_000),
    "number": st.integers(-(10**6), 10**6)
    | st.integers(-(10**6), 10**6).map(lambda n: n / 1000).filter(lambda n: n % 1),
}  # fmt: skip


def compares(unit: str, operators: tuple[str, ...] = (">=", ">", "<=", "<", "=", "!=")) -> st.SearchStrategy[Compare]:
    values = _VALUES[unit]
    alone = st.builds(Compare, op=st.sampled_from(operators), value=values)
    if len(operators) < 6:
        return alone
    pairs = st.tuples(values, values).map(lambda two: sorted(two, key=lambda one: float(str(one).split()[0])))
    same = pairs.filter(lambda two: str(two[0]).partition(" ")[2] == str(two[1]).partition(" ")[2])
    return alone | same.map(lambda two: Compare(op="between", value=two[0], to=two[1]))


whens = (
    st.builds(Within, window=windows)
    | st.builds(Beside, kind=st.sampled_from(["before", "after", "on"]), day=days)
    | st.tuples(days, days).map(lambda two: Among(first=min(two), last=max(two)))
)


@st.composite
def counted(draw: st.DrawFn, *, bare: bool = False, words: tuple[str, ...] = tuple(WORDS)) -> Counted:
    kind = draw(st.sampled_from(words))
    word = WORDS[kind]
    parts = st.builds(Part, by=st.sampled_from(word.narrowed), name=lines) if word.narrowed else st.nothing()
    of = draw(st.lists(parts, unique=True, min_size=kind == "bought", max_size=2)) if word.narrowed else []
    names = {"": st.none(), "may": st.none() | lines, "must": lines}[word.names]
    holds = None if bare else draw(compares(word.unit) | st.none() if word.act else compares(word.unit))
    window = None if bare and kind else draw(st.none() | windows)
    return Counted(kind=kind, name=draw(names), of=tuple(of), window=window, holds=holds)


_DONE = tuple(word for word, one in WORDS.items() if one.act)
steps = st.builds(Step, does=counted(bare=True, words=_DONE), never=st.booleans(), within=windows)
sequences = st.builds(
    lambda first, rest, window: Sequence(steps=(Step(does=first), *rest), window=window),
    counted(bare=True, words=_DONE), st.lists(steps, min_size=1, max_size=3), st.none() | windows,
)  # fmt: skip
standings = st.sampled_from(sorted(KNOWN)).flatmap(
    lambda kind: st.builds(
        Standing,
        kind=st.just(kind),
        values=st.lists(
            st.sampled_from(KNOWN[kind]) if KNOWN[kind] else lines, unique=True, min_size=1, max_size=3
        ).map(tuple),
    )
)
conditions = st.one_of(
    counted(),
    st.builds(Dated, kind=st.sampled_from(EVENTS), when=whens),
    st.builds(Since, event=st.sampled_from(EVENTS), holds=compares("count")),
    st.builds(
        Yearly, kind=st.sampled_from(["anniversary", "beneficiary"]), name=lines,
        way=st.sampled_from(["next", "last"]),
        window=st.builds(Period, st.integers(1, 40), st.sampled_from(["day", "week"])),
    ),
    st.builds(Yearly, kind=st.just("birthday"), way=st.just("next"), window=st.just(Period(7, "day"))),
    standings,
    st.builds(Attribute, name=lines, values=st.lists(lines | st.booleans(), max_size=3).map(tuple)),
    st.builds(Attribute, name=lines, holds=compares("number")),
    st.builds(Attribute, name=lines, when=whens),
    st.builds(
        Permission, kind=st.sampled_from(["consented", "reachable"]), channel=st.sampled_from(CHANNELS),
        purpose=st.sampled_from(PURPOSES),
    ),
    st.builds(Fact, kind=st.sampled_from(["open_ticket", "referred"])),
    st.builds(Labelled, name=st.just("tier:gold")),
    st.builds(Member, kind=st.sampled_from(["segment", "listed"]), name=keys),
    st.builds(Bucket, salt=lines, holds=compares("share", ("<", ">="))),
    st.builds(Score, name=keys, bound=st.sampled_from(["value", "low", "high"]), holds=compares("number")),
    st.builds(
        Ranked, kind=st.sampled_from(["top", "bottom"]), count=st.integers(1, 10**6), by=counted(bare=True)
    ),
    st.builds(
        Ranked, kind=st.sampled_from(["top", "bottom"]), share=st.integers(1, 999).map(lambda n: n / 1000),
        by=counted(bare=True),
    ),
    sequences,
)  # fmt: skip
rules = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.builds(All, of=st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.builds(Either, of=st.lists(inner, min_size=2, max_size=4).map(tuple)),
        st.builds(Not, of=inner),
    ),
    max_leaves=12,
)
