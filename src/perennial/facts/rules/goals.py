"""What a brand sets out to reach: the document kind ``goal``.

A goal changes no figure: it names what is counted, and the share to be reached.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from perennial.documents.rules.body import Body, Line, Names, Problem, Share
from perennial.documents.rules.kinds import Kind
from perennial.values.ids import parse

Act = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(:[a-z0-9][a-z0-9_-]*)?$", max_length=64)]
"""A kind of behaviour as it is recorded: ``product_viewed``, ``goal:newsletter`` ..."""


class Doing(Body):
    """Visitors who do something of value: an account, the newsletter, a review.

    ``behaviour``: the kind that counts, with ``product`` (its public id) of that product alone.
    """

    kind: Literal["doing"] = "doing"
    behaviour: Act
    product: str | None = None
    target: Share | None = None

    @property
    def rate(self) -> str:
        """What `insight.conversion` calls the rate of this goal."""
        return f"{self.behaviour}@{parse('prd', self.product)}" if self.product else self.behaviour


class Returning(Body):
    """Customers who order again within ``within`` days of their last order."""

    kind: Literal["returning"] = "returning"
    within: int = Field(default=90, ge=7, le=730)
    target: Share


class Goal(Body):
    """A goal: its name for people, and what counts."""

    title: Line
    counts: Annotated[Doing | Returning, Field(discriminator="kind")]


def _check(body: Goal, names: Names) -> Iterable[Problem]:  # noqa: ARG001  # products are no names: they come and go
    if isinstance(body.counts, Doing):
        if body.counts.product is not None:
            try:
                parse("prd", body.counts.product)
            except ValueError as wrong:
                yield Problem("counts.product", str(wrong))
        if body.counts.behaviour.startswith("mail_"):
            yield Problem("counts.behaviour", "reading a mail is no visit: name something done in the shop")
    if body.counts.target == 0:
        yield Problem("counts.target", "0 is always reached: write a share above it, such as 0.05 for 5 %")


KIND = Kind(
    name="goal", title="Something to reach: a share of visitors, or of customers who return", body=Goal, check=_check
)
