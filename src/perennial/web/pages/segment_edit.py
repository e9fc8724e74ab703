"""The builder: a segment made or changed as rows and groups, or as text; counted while somebody looks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from perennial.documents import queries
from perennial.documents.actions import AlreadyScheduled
from perennial.documents.rules.body import Refused
from perennial.segments.actions.previews import want_preview
from perennial.segments.rules.contradictions import contradictions
from perennial.segments.rules.rule import Rule
from perennial.segments.rules.rule import read as read_text
from perennial.segments.rules.segment import KIND, Segment, among
from perennial.segments.rules.text.said import NotUnderstood, Span
from perennial.web.desk.documents import Conflict, blame, free_key, put
from perennial.web.desk.inputs import plain
from perennial.web.desk.page import Desk, page
from perennial.web.pages.segment import found_or_404
from perennial.web.segments import reading
from perennial.web.segments.builder import choices
from perennial.web.segments.form import NEW, ROOT, Group, done, form, heavy, posted, rule
from perennial.web.segments.previewed import counted
from perennial.web.segments.reading import Held
from perennial.web.segments.saying import ready, said

# Addresses of their own, of the desk and of the API: no segment made here is called so.
_NO_KEYS = ("new", "count", "counted", "preview", "parse")
_PLACES = {"title": "title", "purpose": "purpose"}
_ACTS = ("add", "group", "remove", "up", "down", "look")


class SegmentForm(forms.Form):
    """What a segment says beside its rule."""

    title = forms.CharField(max_length=255)
    purpose = forms.CharField(max_length=255, required=False)
    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, desk: Desk, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        say = desk.words.text
        self.fields["title"].label = say("Name")
        self.fields["purpose"].label = say("What it is for")
        self.fields["purpose"].help_text = say("A line for your colleagues; may be left out.")


@dataclass(frozen=True, slots=True)
class Written:
    """The rule as it stands in the form: as rows (``group``), or as text (None). ``rule``: None where it is wrong."""

    group: Group | None
    text: str
    rule: Rule | None
    wrong: str = ""
    at: Span | None = None
    focus: str = ""


def _as_text(text: str) -> Written:
    try:
        return Written(None, text, read_text(text))
    except NotUnderstood as wrong:
        return Written(None, text, None, wrong.message, wrong.at)


def _as_rows(desk: Desk, one: Rule) -> Written:
    """As rows, unless they are more than a browser may post."""
    group = form(one)
    if heavy(group):
        told = desk.words.text("This rule is too long for rows: it is changed as text.")
        return Written(None, one.text(), one, told)
    return Written(group, one.text(), one)


def _written(desk: Desk) -> Written:
    """What was posted, after the button that was pressed did its work (all but saving)."""
    told = {name: str(text) for name, text in desk.request.POST.items() if isinstance(text, str)}
    # Boxes that are ticked come as several of one name.
    told |= {name: "\n".join(desk.request.POST.getlist(name)) for name in told if name.endswith(".values")}
    act, _, place = told.get("do", "").partition(":")
    if "text" in told:
        found = _as_text(told["text"].replace("\r\n", "\n"))
        return _as_rows(desk, found.rule) if act == "rows" and found.rule is not None else found
    group, focus = posted(told), ""
    if act in _ACTS:
        group, where = done(group, act, place)
        focus = f"{where}:{act}"
    one, group = rule(group, partial(plain, locale=desk.format.locale))
    if one is not None and (act == "text" or heavy(group)):
        return Written(None, one.text(), one)
    wrong = desk.words.text("Mend what is marked first.") if act == "text" else ""
    return Written(group, one.text() if one is not None else "", one, wrong, focus=focus)


@require_http_methods(["GET", "POST"])
@page("programme")
def segment_new(desk: Desk) -> HttpResponse:
    """A segment that is not there yet: empty, begun from one of those offered, or from a copy."""
    if desk.request.method == "POST":
        return _posted(desk, None)
    initial, one = _begun(desk)
    written = _as_rows(desk, one) if one is not None else Written(Group(of=(NEW,)), "", rule(Group(of=(NEW,)))[0])
    return _show(desk, SegmentForm(desk, initial=initial | {"seen_version": 0}), written, None)


def _begun(desk: Desk) -> tuple[dict[str, Any], Rule | None]:
    copied, start = desk.request.GET.get("copy", ""), desk.request.GET.get("start", "")
    if copied:
        body = found_or_404(desk, copied).body
        return {"title": desk.words.text("Copy of %(name)s", name=body.title), "purpose": body.purpose}, body.rule
    if start:
        offered = next((one for one in ready(desk) if one.key == start), None)
        if offered is None:
            raise Http404
        return {"title": offered.title, "purpose": offered.purpose}, offered.rule
    return {}, None


@require_http_methods(["GET", "POST"])
@page("programme")
def segment_edit(desk: Desk, key: str) -> HttpResponse:
    """A segment that may be changed: its newest version, be it a draft."""
    held = found_or_404(desk, key)
    if desk.request.method == "POST":
        return _posted(desk, held)
    body = reading.read(held.newest if held.newest.state != "retired" else held.shown)
    initial = {"title": body.title, "purpose": body.purpose, "seen_version": held.newest.version}
    return _show(desk, SegmentForm(desk, initial=initial), _as_rows(desk, body.rule), held)


def _posted(desk: Desk, held: Held | None) -> HttpResponse:
    written, do = _written(desk), desk.request.POST.get("do", "")
    if do not in ("draft", "publish"):
        # Not to be judged yet: only shown again.
        return _show(desk, SegmentForm(desk, initial=desk.request.POST.dict()), written, held)
    told = SegmentForm(desk, desk.request.POST)
    if not told.is_valid() or written.rule is None:
        return _show(desk, told, written, held, status=400)
    return _save(desk, told, written, held, "live" if do == "publish" else "draft")


def _save(
    desk: Desk, told: SegmentForm, written: Written, held: Held | None, state: Literal["draft", "live"]
) -> HttpResponse:
    assert written.rule is not None  # noqa: S101  # who calls looked
    said_so = told.cleaned_data
    key = held.key if held is not None else free_key(desk, KIND.name, said_so["title"], besides=_NO_KEYS)
    body = {"title": said_so["title"], "purpose": said_so["purpose"] or None, "rule": written.rule.content()}
    found = put(
        desk, kind=KIND.name, key=key, body=body, seen_version=said_so["seen_version"], state=state,
        verb="segment.save" if state == "live" else "segment.draft",
    )  # fmt: skip
    if isinstance(found, Refused | AlreadyScheduled):
        blame(desk, told, found, _PLACES)
        return _show(desk, told, written, held, status=400)
    if found is not None:
        # Saved once more, the newest version has been seen.
        again = SegmentForm(desk, {**desk.request.POST.dict(), "seen_version": str(found.version)})
        again.is_valid()
        conflict = _in_text(desk, key, found, said_so["seen_version"], written.rule)
        return _show(desk, again, written, held, status=409, conflict=conflict)
    live = desk.words.text("The segment is live. Its members are counted now; from then on they are kept right.")
    messages.success(desk.request, live if state == "live" else desk.words.text("The draft is saved."))
    return redirect(desk.url("segment", key))


def _in_text(desk: Desk, key: str, conflict: Conflict, seen: int, mine: Rule) -> Conflict:
    """The conflict with what changed in the rule told as text, not part by part of its JSON."""
    history = queries.history(brand_id=desk.brand.id, kind=KIND.name, key=key).filter(
        version__in=[seen, conflict.version]
    )
    texts = {one.version: reading.read(one).rule.text() for one in history}

    def told(changes: tuple[dict[str, str], ...], old: str, new: str) -> tuple[dict[str, str], ...]:
        rest = tuple(one for one in changes if not one["path"].startswith("rule"))
        return rest if len(rest) == len(changes) else (*rest, {"path": "rule", "old": old, "new": new})

    now = texts.get(conflict.version, "")
    return replace(
        conflict,
        theirs=told(conflict.theirs, texts.get(seen, ""), now),
        yours=told(conflict.yours, now, mine.text()),
    )


@require_POST
@page("programme")
def segments_count(desk: Desk) -> HttpResponse:
    """What the form says, as a sentence and as text, and how many it holds for: for htmx, while somebody changes it."""
    return desk.render("segment_said.html", **_beside(desk, _written(desk), desk.request.POST.get("key", "")))


def _beside(desk: Desk, written: Written, key: str) -> dict[str, Any]:
    """What stands beside the rows: ``problems`` keep it from being saved, and from being counted."""
    one = written.rule
    names = reading.titles(desk.brand.id, desk.now)
    if one is None:
        return {"said": "", "text": "", "problems": [], "counted": None, "full": True, "as_rows": bool(written.group)}
    found = [*contradictions(one)]
    others = queries.bodies(KIND, brand_id=desk.brand.id)
    found += [problem.message for problem in among(key, Segment(title="?", rule=one), others)]
    preview = want_preview(brand_id=desk.brand.id, rule=one, now=desk.now) if not found else None
    return {
        "said": said(desk, one, names),
        "text": one.text(),
        "problems": found,
        "counted": counted(desk, preview, names),
        "full": True,
        "as_rows": written.group is not None,
    }


def _show(
    desk: Desk,
    told: SegmentForm,
    written: Written,
    held: Held | None,
    *,
    status: int = 200,
    conflict: Conflict | None = None,
) -> HttpResponse:
    labels = {name: str(told.fields[name].label) for name in _PLACES}
    return desk.render(
        "segment_edit.html",
        status=status,
        form=told,
        held=held,
        key=held.key if held is not None else "",
        here=desk.url("segment_edit", held.key) if held is not None else desk.url("segment_new"),
        written=written,
        root=ROOT,
        judged=status != 200,
        conflict=conflict,
        field_names={**labels, "rule": desk.words.text("Who is in it")},
        draft=held is not None and held.newest.state == "draft" and held.live is not None,
        **choices(desk),
        **_beside(desk, written, held.key if held is not None else ""),
    )
