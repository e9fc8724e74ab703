"""The builder by posts alone, as a browser without scripts sends them; saving, drafts, two people at once."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from perennial.documents.queries import latest
from perennial.segments.rules.rule import EXAMPLES, read
from tests.web.conftest import signed_in
from tests.web.people import make_many
from tests.web.segments import made

NEW = "/b/main/segments/new/"
RULE = {
    "r.sort": "all",
    "r-0.word": "spent", "r-0.n": "6", "r-0.unit": "month", "r-0.op": ">=", "r-0.value": "250",
    "r-1.word": "bought", "r-1.not": "1", "r-1.of0by": "category", "r-1.of0": "Gift cards",
    "r-1.unit": "", "r-1.op": "",
}  # fmt: skip
SAID = {"title": "Spenders", "purpose": "", "seen_version": "0", "key": ""}


def body(store: Any, key: str) -> Any:
    found = latest(brand_id=store.brand_id, kind="segment", key=key)
    return None if found is None else found.stored


def shown(page: str) -> dict[str, str]:
    """The fields of the builder as a browser would post them."""
    form = page.partition('<form id="rule"')[2].partition("</form>")[0]
    told: dict[str, str] = {}
    for tag, rest in re.findall(r"<(input|select|textarea)\b(.*?)(?=<input|<select|<textarea|$)", form, re.DOTALL):
        head = rest.partition(">")[0]
        name = re.search(r'name="([^"]*)"', head)
        if name is None:
            continue
        if tag == "select":
            inner = rest.partition("</select>")[0]
            options = re.findall(r'<option value="([^"]*)"( selected)?', inner)
            value = next((code for code, chosen in options if chosen), options[0][0] if options else "")
        elif tag == "textarea":
            value = rest.partition(">")[2].partition("</textarea>")[0].removeprefix("\n")
        elif 'type="checkbox"' in head:
            if " checked" not in head:
                continue
            value = re.search(r'value="([^"]*)"', head)[1]  # type: ignore[index]
            if name[1] in told:
                value = f"{told[name[1]]}\n{value}"
        else:
            found = re.search(r'value="([^"]*)"', head)
            value = found[1] if found else ""
        told[name[1]] = unescape(value)
    del told["csrfmiddlewaretoken"]
    return told


def text_of(page: str) -> str:
    return unescape(page.partition('<pre id="rule-said">')[2].partition("</pre>")[0])


def test_a_segment_is_made_by_rows_and_is_live(store, owner):
    from perennial.web.models import Audit

    done = owner.post(NEW, {**SAID, **RULE, "do": "publish"})
    assert (done.status_code, done.headers["Location"]) == (302, "/b/main/segments/spenders/")
    told = latest(brand_id=store.brand_id, kind="segment", key="spenders")
    assert told is not None
    assert (told.state, told.author.split(":")[0]) == ("live", "usr")
    assert told.stored["rule"] == read('spent(6 months) >= 250 and not bought(category "Gift cards")').content()
    line = Audit.objects.get(verb="segment.save")
    assert (line.subject, line.fields) == ("document.segment", ["purpose", "rule", "title"])
    assert "Being counted" in owner.get("/b/main/segments/spenders/").text


@pytest.mark.parametrize("word", sorted(EXAMPLES))
def test_every_condition_is_shown_posted_and_said_again(store, owner, word):
    """What stands in the page is what a browser posts: it says the same rule."""
    example = EXAMPLES[word].replace("tier:gold", "segment:vip")
    rule = f"{example} or not (orders > 1 and not orders > 7)"
    made.saved(store.brand_id, "vip", "orders > 3")
    made.saved(store.brand_id, "one", rule)
    page = owner.get("/b/main/segments/one/change/").text
    assert text_of(page) == read(rule).text()
    told = shown(page)
    for do in ("count", "draft"):
        answer = owner.post("/b/main/segments/one/change/", {**_lists(told), "title": "Other", "do": do})
        assert answer.status_code == (302 if do == "draft" else 200), answer.text
    assert body(store, "one") == {"title": "Other", "purpose": None, "rule": read(rule).content()}


def _lists(told: dict[str, str]) -> dict[str, Any]:
    """Ticked boxes are several of one name."""
    return {name: text.split("\n") if name.endswith(".values") else text for name, text in told.items()}


def test_rows_and_groups_are_added_moved_and_taken_out_by_buttons(store, owner):
    told = shown(owner.get(NEW).text)
    for do in ("group:r", "group:r-1", "add:r-1-1", "up:r-1-1-1", "remove:r-0"):
        page = owner.post(NEW, {**told, "do": do})
        assert page.status_code == 200
        told = shown(page.text)
    assert text_of(page.text) == "orders(6 months) >= 2 or (orders(6 months) >= 2 or orders(6 months) >= 2)"
    assert told["title"] == ""
    nothing = owner.post(NEW, {**told, "do": "remove:r-9-9"})
    assert shown(nothing.text) == told


def test_text_and_rows_are_two_ways_of_writing_one_rule(store, owner):
    told = {**SAID, **RULE}
    as_text = owner.post(NEW, {**told, "do": "text"}).text
    posted = shown(as_text)
    assert posted["text"] == 'spent(6 months) >= 250 and not bought(category "Gift cards")'
    assert "r-0.word" not in posted
    posted["text"] = "orders(5 weeks) >= 5 or\r\n  top 10 % by spent(1 year)"
    rows = shown(owner.post(NEW, {**posted, "do": "rows"}).text)
    assert (rows["r.sort"], rows["r-0.word"], rows["r-1.word"], rows["r-1.much"]) == ("any", "orders", "top", "10")
    posted["text"] = "orders(5 weeks) => 5"
    wrong = owner.post(NEW, {**posted, "do": "rows"})
    assert "<mark>=&gt;</mark>" in wrong.text
    assert shown(wrong.text)["text"] == "orders(5 weeks) => 5"  # what was written stays
    assert owner.post(NEW, {**posted, "do": "publish"}).status_code == 400
    assert body(store, "spenders") is None


def test_what_is_wrong_is_marked_and_nothing_is_saved(store, owner):
    told = {**SAID, **RULE, "r-0.value": "lots"}
    answer = owner.post(NEW, {**told, "do": "publish"})
    assert answer.status_code == 400
    assert "Write an amount such as 250" in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert shown(answer.text)["r-0.value"] == "lots"
    assert owner.post(NEW, {**SAID, **RULE, "title": "", "do": "draft"}).status_code == 400
    assert "Mend what is marked first" in owner.post(NEW, {**told, "do": "text"}).text
    assert body(store, "spenders") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("orders > 5 and orders < 3", "cannot both hold"),
        ('segment("gone")', "there is no segment"),
        ('segment("ring")', "must not name each other in a ring"),
        ('label("tier:gold")', "there is no label"),
    ],
)
def test_what_can_hold_for_nobody_is_said_before_and_refused_at_saving(store, owner, text, why):
    made.saved(store.brand_id, "ring", "orders > 1")
    told = {**SAID, "seen_version": "1", "key": "ring", "text": text}
    answer = owner.post("/b/main/segments/ring/change/", {**told, "do": "publish"})
    assert (answer.status_code, why in unescape(answer.text)) == (400, True)
    beside = owner.post("/b/main/segments/count/", told).text
    assert (why in unescape(beside)) is (not text.startswith("label"))
    assert body(store, "ring")["rule"] == read("orders > 1").content()


def test_it_is_counted_on_request_and_shown_when_that_is_done(store, owner):
    from perennial.segments.models import Preview

    waiting = owner.post("/b/main/segments/count/", {**SAID, **RULE}).text
    one = Preview.objects.get(brand_id=store.brand_id)
    assert one.wanted_at is not None
    assert f'hx-get="/b/main/segments/counted/{one.key}/?full=1"' in waiting
    people = make_many(store, 3)
    made.counted(store.brand_id, made.RULE, made.found(members=1, sample=tuple(people)))
    done = owner.get(f"/b/main/segments/counted/{one.key}/?full=1").text
    assert "1 customer<" in done
    assert "hx-get" not in done
    for told in ("Person2", "How they can be reached", "€12,345"):
        assert told in done
    owner.post("/b/main/segments/count/", {**SAID, **RULE})
    assert Preview.objects.get(id=one.id).wanted_at is None  # counted a moment ago
    made.counted(store.brand_id, made.RULE, None, error="it reads too much")
    assert "It could not be counted: it reads too much" in owner.get(f"/b/main/segments/counted/{one.key}/").text


def test_a_draft_waits_beside_what_is_live(store, owner):
    made.saved(store.brand_id, "vip", "orders > 3", title="Vip")
    told = {**SAID, "title": "Vip", "seen_version": "1", "text": "orders > 4"}
    assert owner.post("/b/main/segments/vip/change/", {**told, "do": "draft"}).status_code == 302
    page = owner.get("/b/main/segments/vip/").text
    assert "orders &gt; 3</pre>" in page
    assert "waits as a draft" in page
    edit = owner.get("/b/main/segments/vip/change/").text
    assert "This is a draft" in edit
    assert text_of(edit) == "orders > 4"
    told |= {"seen_version": "2", "do": "publish"}
    assert owner.post("/b/main/segments/vip/change/", told).status_code == 302
    assert "orders &gt; 4</pre>" in owner.get("/b/main/segments/vip/").text


def test_two_who_change_it_at_once_are_told_in_text(store, owner):
    made.saved(store.brand_id, "vip", "orders > 3", title="Vip")
    told = {**SAID, "title": "Vip", "seen_version": "1", "do": "publish"}
    other = signed_in(store, "marketer")
    assert other.post("/b/main/segments/vip/change/", {**told, "text": "orders > 4"}).status_code == 302
    answer = owner.post("/b/main/segments/vip/change/", {**told, "text": "orders > 5 or items > 9"})
    assert answer.status_code == 409
    page = unescape(answer.text)
    for cell in ("<td>orders > 3</td><td>orders > 4</td>", "<td>orders > 4</td><td>orders > 5 or items > 9</td>"):
        assert cell in page
    assert 'name="seen_version" value="2"' in page
    again = owner.post("/b/main/segments/vip/change/", {**told, "text": "orders > 5 or items > 9", "seen_version": "2"})
    assert again.status_code == 302


def test_a_copy_is_a_segment_of_its_own(store, owner):
    made.saved(store.brand_id, "vip", "orders > 3", title="Vip", purpose="To call")
    told = shown(owner.get("/b/main/segments/new/?copy=vip").text)
    assert (told["title"], told["purpose"], told["seen_version"]) == ("Copy of Vip", "To call", "0")
    assert owner.post(NEW, {**told, "do": "publish"}).status_code == 302
    assert body(store, "copy-of-vip")["rule"] == read("orders > 3").content()
    told["title"] = "Preview"
    assert owner.post(NEW, {**told, "do": "draft"}).headers["Location"] == "/b/main/segments/preview-2/"


def test_a_rule_of_hundreds_of_conditions_is_changed_as_text(store, owner):
    rule = " or ".join(f"orders({n} days) >= {n}" for n in range(2, 302))
    made.saved(store.brand_id, "long", rule)
    page = owner.get("/b/main/segments/long/change/").text
    assert "too long for rows" in page
    told = shown(page)
    assert told["text"] == rule
    told["text"] = rule.removesuffix(" or orders(301 days) >= 301")
    assert owner.post("/b/main/segments/long/change/", {**told, "do": "draft"}).status_code == 302
    assert len(body(store, "long")["rule"]["of"]) == 299


def test_names_in_a_rule_are_shown_and_never_obeyed(store, owner):
    text = 'bought(product "<script>alert(1)</script>") or attribute("x") is "\\"><img src=x>"'
    made.saved(store.brand_id, "odd", text, title="<b>Odd</b>")
    for address in ("segments/", "segments/odd/", "segments/odd/change/"):
        page = owner.get(f"/b/main/{address}").text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>Odd" not in page
    told = shown(owner.get("/b/main/segments/odd/change/").text)
    assert owner.post("/b/main/segments/odd/change/", {**told, "title": "Odd", "do": "draft"}).status_code == 302
    assert body(store, "odd")["rule"] == read(text).content()


def test_numbers_are_read_as_the_reader_writes_them(store, owner):
    owner.cookies["language"] = "es"
    told = {**SAID, **RULE, "r-0.value": "250,5", "do": "publish"}
    assert owner.post(NEW, told, headers={"accept-language": "es"}).status_code == 302
    assert body(store, "spenders")["rule"]["of"][0]["holds"]["value"] == "250.5"
