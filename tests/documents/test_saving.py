"""Saving: every save a version, nothing lost between two authors, nothing ever rewritten."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from perennial.documents import actions, queries
from perennial.documents.actions import Stale
from perennial.documents.models import AppendOnly, Document
from perennial.documents.queries import Missing
from perennial.documents.rules.body import Refused
from perennial.values.hashing import canonical, fingerprint

pytestmark = pytest.mark.django_db


def test_every_save_is_a_version_drafts_too(shop):
    assert shop.save("a", 0).reference == "hello@1"
    assert shop.save("b", 1).reference == "hello@2"
    assert shop.save("c", 2, state="live").reference == "hello@3"
    assert shop.save("d", 3).reference == "hello@4"
    assert shop.history() == [(4, "draft", "d"), (3, "live", "c"), (2, "draft", "b"), (1, "draft", "a")]


def test_a_version_keeps_who_when_and_what(shop):
    saved = shop.save("é", 0)
    row = Document.objects.get()
    assert row == saved
    assert (row.brand_id, row.kind, row.key, row.version, row.schema) == (1, "note", "hello", 1, 1)
    assert (row.author, row.created_at, row.state, row.effective_from) == ("usr_ana", shop.now, "draft", None)
    assert row.body == canonical({"text": "é"})
    assert row.fingerprint == fingerprint({"text": "é"})
    assert queries.read(row).text == "é"


def test_a_stale_save_writes_nothing_and_tells_the_difference(shop):
    shop.save("a", 0)
    shop.save("b", 1, author="usr_bea")
    with pytest.raises(Stale) as stale:
        shop.save("c", 1)
    error = stale.value
    assert (error.seen_version, error.current.version, error.current.author) == (1, 2, "usr_bea")
    assert [str(change) for change in error.theirs] == ['~ text: "a" → "b"']
    assert [str(change) for change in error.yours] == ['~ text: "b" → "c"']
    assert "note hello is at version 2 (draft, saved by usr_bea), you saw 1" in str(error)
    assert '~ text: "a" → "b"' in str(error)
    assert len(shop.history()) == 2


@pytest.mark.parametrize("seen", [0, 1, 3, -1])
def test_only_the_newest_version_may_be_built_upon(shop, seen):
    shop.save("a", 0)
    shop.save("b", 1)
    with pytest.raises(Stale) as stale:
        shop.save("c", seen)
    assert stale.value.current.version == 2
    assert len(shop.history()) == 2


def test_the_difference_of_one_who_saw_nothing_is_the_whole(shop):
    shop.save("a", 0)
    with pytest.raises(Stale) as stale:
        shop.save("b", 0)
    assert [str(change) for change in stale.value.theirs] == ['+ text: "a"']


@pytest.mark.parametrize("verb", ["publish", "retire"])
def test_other_verbs_are_stale_in_the_same_way(shop, verb):
    shop.save("a", 0)
    shop.save("b", 1)
    with pytest.raises(Stale) as stale:
        shop(verb, seen_version=1)
    assert stale.value.current.version == 2
    assert len(shop.history()) == 2


def test_saving_the_same_again_adds_nothing(shop):
    first = shop.save("a", 0)
    assert shop.save("a", 1) == first
    assert shop.save(" a ", 1) == first  # white space around text is no difference
    live = shop.save("a", 1, state="live")
    assert live.version == 2  # another state is
    assert shop.save("a", 2, state="live") == live
    assert len(shop.history()) == 2


def test_a_repeated_call_gives_what_the_first_one_made(shop):
    """The answer to the first call was lost on the way."""
    first = shop.save("a", 0)
    assert shop.save("a", 0) == first
    published = shop("publish", seen_version=1)
    assert shop("publish", seen_version=1) == published
    retired = shop("retire", seen_version=2)
    assert shop("retire", seen_version=2) == retired
    assert [state for _, state, _ in shop.history()] == ["retired", "live", "draft"]


def test_the_same_words_of_somebody_else_are_no_repetition(shop):
    shop.save("a", 0)
    with pytest.raises(Stale):
        shop.save("a", 0, author="usr_bea")


def test_brands_kinds_and_keys_do_not_meet(shop):
    shop.save("a", 0)
    shop.save("b", 0, brand_id=2)
    shop.save("c", 0, key="bye")
    shop("save", kind="perk", body={"title": "t", "within": "1 day"}, seen_version=0)
    assert Document.objects.count() == 4
    assert set(Document.objects.values_list("version", flat=True)) == {1}


@pytest.mark.parametrize("key", ["", "Hello", "a b", "a@1", "a:b", "-a", "é", "x" * 65, "a\n"])
def test_a_key_is_plain(shop, key):
    with pytest.raises(Refused, match=r"key: .* is no key: write"):
        shop.save("a", 0, key=key)
    assert not Document.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "notes"}, "there is no kind 'notes': did you mean 'note'"),
        ({"body": {"txt": "a"}}, "txt: is unknown: did you mean 'text'"),
        ({"author": ""}, "author: has 1 to 64 letters"),
        ({"author": "x" * 65}, "author: has 1 to 64 letters"),
        ({"schema": 2}, "schema: 2 is newer than this installation knows"),
    ],
)
def test_what_is_refused_is_not_saved(shop, given, message):
    with pytest.raises(Refused, match=message):
        shop("save", **{"body": {"text": "a"}, "seen_version": 0, **given})
    assert not Document.objects.exists()


def test_drafts_are_refused_like_any_other(shop):
    with pytest.raises(Refused, match=r"rules\[0\]\.amount: is missing"):
        shop("save", kind="perk", seen_version=0, body={"title": "t", "within": "1 day", "rules": [{"kind": "amount"}]})


def perk(shop, label, seen, **given):
    body = {"title": "t", "within": "1 day", "only_for": label}
    return shop("save", kind="perk", key="gift", body=body, seen_version=seen, **given)


def test_a_label_is_a_declared_one_or_a_document_of_the_brand(shop):
    assert perk(shop, "stage:loyal", 0).version == 1
    with pytest.raises(Refused, match="only_for: there is no label 'note:hello'"):
        perk(shop, "note:hello", 1)
    shop.save("a", 0, brand_id=2)
    with pytest.raises(Refused, match="only_for: there is no label 'note:hello'"):
        perk(shop, "note:hello", 1)
    shop.save("a", 0)
    assert perk(shop, "note:hello", 1).version == 2


def test_a_label_that_was_retired_is_refused_at_publishing_and_still_read(shop):
    shop.save("a", 0, state="live")
    saved = perk(shop, "note:hello", 0)
    shop("retire", seen_version=1)
    with pytest.raises(Refused, match="only_for: there is no label 'note:hello'"):
        shop("publish", kind="perk", key="gift", seen_version=1)
    assert queries.read(saved).only_for == "note:hello"
    shop("publish", seen_version=2)
    assert shop("publish", kind="perk", key="gift", seen_version=1).state == "live"


def test_labels_are_looked_up_only_where_some_are_named(shop):
    with CaptureQueriesContext(connection) as without:
        shop.save("a", 0)
    with CaptureQueriesContext(connection) as with_label:
        perk(shop, "stage:new", 0)
    assert len(with_label) == len(without) + 1


def test_versions_are_never_changed_or_deleted(shop):
    saved = shop.save("a", 0)
    saved.body = "{}"
    for attempt in (
        saved.save,
        saved.delete,
        lambda: saved.save(force_update=True),
        lambda: Document.objects.update(body="{}"),
        lambda: Document.objects.filter(version=1).update(state="live"),
        Document.objects.all().delete,
        lambda: Document.objects.bulk_update([saved], ["body"]),
        lambda: Document.objects.update_or_create(id=saved.id, defaults={"body": "{}"}),
    ):
        with pytest.raises(AppendOnly, match="never changed or deleted"), transaction.atomic():
            attempt()
    assert shop.history() == [(1, "draft", "a")]


def test_a_version_of_the_same_id_overwrites_nothing(shop):
    saved = shop.save("a", 0)
    twin = Document.objects.get()
    twin._state.adding = True
    twin.version, twin.body = 9, "{}"
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()
    assert Document.objects.get().body == saved.body


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "gone"},
        {"state": "live", "effective_from": None},
        {"state": "draft", "effective_from": "now"},
        {"version": 0},
        {"version": 1},
    ],
)
def test_the_table_itself_refuses_what_makes_no_sense(shop, wrong):
    shop.save("a", 0)
    row = Document.objects.get()
    row._state.adding, row.id, row.version = True, row.id + 1, 2
    for name, value in wrong.items():
        setattr(row, name, shop.now if value == "now" else value)
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_there_is_nothing_to_publish_or_retire(shop):
    for verb in ("publish", "retire"):
        with pytest.raises(Missing, match="there is no note 'hello': save it first"):
            shop(verb, seen_version=0)
    with pytest.raises(Missing, match="save it with seen_version=0"):
        shop.save("a", 3)


def test_a_verb_inside_a_transaction_that_fails_leaves_nothing(shop):
    def both_then_fail():
        with transaction.atomic():
            shop.save("a", 0)
            shop.save("b", 1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        both_then_fail()
    assert shop.history() == []


def test_verbs_take_keywords_only():
    for verb in (actions.save, actions.publish, actions.schedule, actions.retire):
        with pytest.raises(TypeError, match="positional"):
            verb(1, "note", "hello")
