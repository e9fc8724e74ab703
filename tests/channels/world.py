"""A brand with customers, a segment, an audience and the service that it goes to."""

from __future__ import annotations

from datetime import timedelta

from perennial.channels.audiences.actions.sync import audience_steps
from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.database import ids
from perennial.documents import actions as documents
from perennial.facts.actions.record import record
from perennial.facts.models.brands import Ref
from perennial.facts.rules import records as r
from perennial.segments.models import Membership
from tests.facts.builders import NOW, at

FIELDS = {
    "mailchimp": ({"tag": "FNAME", "says": "first_name"}, {"tag": "LANG", "says": "language"}),
    "campaign_monitor": ({"tag": "Name", "says": "name"}, {"tag": "Lang", "says": "language"}),
}


class World:
    """A brand with customers, a segment, an audience and the service that it goes to."""

    def __init__(self, source, service, kind: str) -> None:
        self.source, self.service, self.kind = source, service, kind
        self.brand_id = source.brand_id
        self.now = NOW
        self.listed = service.open("a1b2c3", *(("FNAME", "LNAME") if kind == "mailchimp" else ()))
        self.version = 0
        self.save("segment", "loyal", {"title": "Loyal", "rule": "orders >= 2"})
        self.change()

    def save(self, kind: str, key: str, body: dict, seen: int = 0) -> None:
        documents.save(
            brand_id=self.brand_id, kind=kind, key=key, body=body, author="ada", seen_version=seen, now=self.now,
            state="live",
        )  # fmt: skip

    def change(self, **more) -> None:
        """Save the audience (anew)."""
        body = {
            "title": "Loyal", "segment": "loyal", "where": {"kind": self.kind, "list_id": "a1b2c3"},
            "fields": list(FIELDS[self.kind]), "tag": "Loyal",
        }  # fmt: skip
        self.save("audience", "loyal", body | more, self.version)
        self.version += 1

    def person(self, address: str, first: str = "Ana", locale: str = "es-ES", agreed: bool = True, **more) -> int:
        """Record a customer with their word; gives back the id."""
        who = r.Who(account=more.pop("account", address), email=address)
        told = r.Customer(
            who=who, created_at=at(-9), updated_at=more.pop("updated", at(0)), first_name=first, last_name="Ruiz",
            locale=locale,
        )  # fmt: skip
        record(r.Batch(customers=(told,)), source=self.source, now=self.now)
        if agreed:
            self.word(who.account, address, given=True, when=at(0))
        return self.id_of(who.account)

    def word(self, account: str, address: str, *, given: bool, when) -> None:
        said = r.Consent(who=r.Who(account=account, email=address), at=when, channel="email", given=given)
        record(r.Batch(consents=(said,)), source=self.source, now=self.now)

    def id_of(self, account: str) -> int:
        return Ref.objects.get(brand_id=self.brand_id, kind="account", name=account).target

    def enter(self, *people: int) -> None:
        Membership.objects.bulk_create(
            Membership(id=ids.new(), brand_id=self.brand_id, customer_id=who, segment="loyal", entered_at=self.now,
                       entered_why="fact", entered_version=1)
            for who in people
        )  # fmt: skip

    def leave(self, *people: int) -> None:
        Membership.objects.filter(customer_id__in=people).update(left_at=self.now, left_why="fact")

    def run(self, minutes: float = 2) -> None:
        """Let time pass, then do all there is."""
        self.now += timedelta(minutes=minutes)
        for _ in audience_steps(brand_id=self.brand_id, now=self.now):
            pass

    def there(self) -> dict[str, tuple[dict[str, str], set[str]]]:
        return self.service.active("a1b2c3")

    @property
    def state(self) -> AudienceState:
        return AudienceState.objects.get(brand_id=self.brand_id)

    def row(self, who: int) -> AudienceMember:
        return AudienceMember.objects.get(brand_id=self.brand_id, customer_id=who)

    def member(self, first: str = "Ana", language: str = "es") -> tuple[dict[str, str], set[str]]:
        """How somebody should stand there."""
        if self.kind == "mailchimp":
            return {"FNAME": first, "LANG": language}, {"Loyal"}
        return {"Name": f"{first} Ruiz", "Lang": language, "Loyal": "yes"}, set()
