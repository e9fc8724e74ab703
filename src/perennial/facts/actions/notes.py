"""What staff write about a customer: written, changed by whoever wrote it, deleted."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from perennial.database import ids
from perennial.facts.actions.erasing.again import refuse_erased
from perennial.facts.models.desk import Note
from perennial.facts.models.people import Customer
from perennial.values.reason import Refused

LONGEST = 5_000


class NoNote(Refused):
    """There is no such note, or it is somebody else's."""


class Outdated(ValueError):
    """It was changed meanwhile; ``held`` is what stands now."""

    def __init__(self, held: object) -> None:
        super().__init__("it was changed meanwhile: nothing was saved")
        self.held = held


def checked(body: str) -> str:
    """The text as it is kept; Refused where it is empty or too long."""
    text = body.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise Refused("a note needs a text: nothing was saved", "note.empty")
    if len(text) > LONGEST:
        raise Refused(
            f"a note has at most {LONGEST} letters, not {len(text)}: nothing was saved",
            "note.too_long", most=LONGEST, letters=len(text),
        )  # fmt: skip
    return text


def write_note(*, brand_id: int, customer_id: int, author_id: int, body: str, now: datetime) -> Note:
    """Add a note about a customer. Refused: a text that cannot be kept, or they were erased; NoNote: no customer."""
    text = checked(body)
    with transaction.atomic():
        refuse_erased(brand_id, customer_id)
        if not Customer.objects.filter(brand_id=brand_id, id=customer_id).exists():
            raise NoNote("there is no such customer: nothing was saved", "note.no_customer")
        return Note.objects.create(
            id=ids.new(), brand_id=brand_id, customer_id=customer_id, author_id=author_id, body=text, written_at=now
        )


def change_note(*, brand_id: int, note_id: int, author_id: int, body: str, version: int, now: datetime) -> Note:
    """Put ``body`` in the place of a note that was seen as ``version``. Raises NoNote, Outdated (held: the note)."""
    text = checked(body)
    with transaction.atomic():
        theirs = Note.objects.filter(brand_id=brand_id, id=note_id).values_list("customer_id", flat=True).first()
        if theirs is not None:
            refuse_erased(brand_id, theirs)
        note = Note.objects.select_for_update().filter(brand_id=brand_id, id=note_id, author_id=author_id).first()
        if note is None:
            raise NoNote("there is no such note of yours: nothing was saved", "note.not_yours")
        if note.version != version:
            raise Outdated(note)
        note.body, note.changed_at, note.version = text, now, note.version + 1
        note.save()
    return note


def delete_note(*, brand_id: int, note_id: int, author_id: int | None) -> None:
    """Delete a note; ``author_id`` None: whoever wrote it. Raises NoNote."""
    with transaction.atomic():
        found = Note.objects.filter(brand_id=brand_id, id=note_id)
        deleted, _ = (found if author_id is None else found.filter(author_id=author_id)).delete()
        if not deleted:
            raise NoNote("there is no such note of yours: nothing was deleted", "note.not_yours")
