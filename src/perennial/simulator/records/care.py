"""Records of care: tickets with their answers, ratings."""

from __future__ import annotations

from perennial.facts.rules.records import Rating, Ticket
from perennial.simulator.draws import Ints
from perennial.simulator.records.people import People, who
from perennial.simulator.records.sales import rows_of
from perennial.simulator.records.shop import instant, maybe, product_name
from perennial.simulator.service import TICKET_CHANNELS, TOPICS
from perennial.simulator.store import Block

_WORDS = {
    "en": ("Not what I hoped for", "Fine", "Lovely, would buy again"),
    "es": ("No es lo que esperaba", "Está bien", "¡Precioso! Repetiré"),
    "it": ("Non è come speravo", "Va bene", "Bellissimo, lo ricomprerei"),
    "fr": ("Déçu par la qualité", "Correct", "Très beau, j'en reprendrai"),
    "ar": ("ليس كما توقعت", "جيد", "رائع جدا"),
    "he": ("לא מה שציפיתי", "בסדר", "נהדר, אקנה שוב"),
}


class Care:
    """The tickets and ratings of one block."""

    def __init__(self, block: Block, people: People) -> None:
        self.block, self.people = block, people

    def tickets(self, chosen: Ints) -> list[Ticket]:
        """Ticket records as they stand at ``until``."""
        made = []
        for t in rows_of(self.block.tickets, chosen):
            person = self.people.persons[int(self.block.orders["row"][t["order"]])]
            made.append(
                Ticket(
                    name=f"t{t['id']}",
                    who=who(person),
                    updated_at=instant(max(t["opened_at"], t["responded_at"], t["resolved_at"])),
                    opened_at=instant(t["opened_at"]),
                    responded_at=maybe(t["responded_at"]),
                    resolved_at=maybe(t["resolved_at"]),
                    channel=TICKET_CHANNELS[t["channel"]],
                    topic=TOPICS[t["topic"]],
                    complaint=t["complaint"],
                    order=str(t["id"]),
                    satisfaction=t["satisfaction"] if t["satisfaction"] >= 0 else None,
                )
            )
        return made

    def ratings(self, chosen: Ints) -> list[Rating]:
        """Rating records."""
        made = []
        for r in rows_of(self.block.ratings, chosen):
            person = self.people.persons[int(self.block.orders["row"][r["order"]])]
            words = _WORDS[person.language]
            made.append(
                Rating(
                    name=f"q{r['id']}",
                    who=who(person),
                    updated_at=instant(r["at"]),
                    rated_at=instant(r["at"]),
                    score=r["score"],
                    product=product_name(int(self.block.orders["first"][r["order"]])),
                    order=str(r["id"]),
                    body=words[0 if r["score"] <= 40 else 1 if r["score"] <= 60 else 2],
                )
            )
        return made
