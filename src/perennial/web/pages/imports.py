"""Files of orders: handing one in, seeing what it is taken for, importing it, stopping, forgetting."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from perennial.display.wording import mark
from perennial.facts.models.brands import Store
from perennial.stores.uploads.actions.decide import NotNow, forget, look_again, record_it, stop
from perennial.stores.uploads.actions.hand_in import hand_in
from perennial.stores.uploads.models import OrderFile
from perennial.stores.uploads.queries import told
from perennial.stores.uploads.rules import Options, Unfit
from perennial.web.data import words as w
from perennial.web.data.files import file_of, most, row, shown, size, stores_of
from perennial.web.data.receiving import FIELD, Received, Receiver
from perennial.web.desk.page import Desk, page

_LISTED = 50


@page("see")
def imports(desk: Desk) -> HttpResponse:
    """The newest files, and a form for another."""
    if desk.request.method == "POST":
        return HttpResponse(status=405)
    found = OrderFile.objects.filter(brand_id=desk.brand.id).order_by("-uploaded_at")[:_LISTED]
    return desk.render(
        "imports.html",
        files=[row(desk, file) for file in found],
        stores=stores_of(desk),
        most=most(),
        most_said=size(desk, most()),
    )


@page("data", form=False)
def _allowed(desk: Desk) -> HttpResponse:
    """Only for whom this is may anything be sent: the body is not read before."""
    if desk.request.method != "POST":
        return redirect(desk.url("data_imports"))
    receiver = Receiver(desk.request, most())
    desk.request.upload_handlers = [receiver]
    return _protected(desk.request, desk, receiver)


@csrf_protect
def _protected(request: HttpRequest, desk: Desk, receiver: Receiver) -> HttpResponse:
    found = request.FILES.get(FIELD)
    if receiver.failure or not isinstance(found, Received):
        told = {
            "too_large": desk.words.text("The file is larger than %(most)s: cut it, pack it as .gz or .zip, or import"
                                         " it from the command line.", most=size(desk, most())),
            "full": desk.words.text("The disk of this machine is full, so the file was not kept. Free some room, then"
                                    " upload it again."),
        }  # fmt: skip
        return _again(desk, told.get(receiver.failure) or desk.words.text("Choose a file first."))
    store = _store(desk, request.POST.get("store", ""))
    if store is None:
        return _again(desk, desk.words.text("Choose one of the brand's stores."))
    with transaction.atomic():
        file, new = hand_in(
            path=found.path, digest=found.digest, name=found.name or "orders.csv", store=store, user_id=desk.user_id,
            now=desk.now,
        )  # fmt: skip
        if new:
            desk.note("file.upload", "order_file", file.id)
    if not new:
        when = desk.format.moment(file.uploaded_at)
        messages.info(request, desk.words.text(_KNOWN[file.state], moment=when))
    return redirect(desk.url("data_import", file.id))


# Called by the address: what protects forms reads the body, so it comes after what asks who it is.
upload = csrf_exempt(_allowed)

_SEEN = mark("This very file was uploaded on %(moment)s: here is what became of it. It counts once.")
_KNOWN = {
    **dict.fromkeys(w.STATES, _SEEN),
    "importing": mark("This very file, uploaded on %(moment)s, is being imported now."),
    "queued": mark("This very file, uploaded on %(moment)s, waits to be imported."),
    "done": mark(
        "This very file was imported already (uploaded on %(moment)s). Whatever is imported twice counts once."
    ),
}


def _again(desk: Desk, why: str) -> HttpResponse:
    messages.error(desk.request, why)
    return redirect(desk.url("data_imports"))


def _store(desk: Desk, said: str) -> Store | None:
    own = Store.objects.filter(brand_id=desk.brand.id)
    if not said and own.count() == 1:
        return own.get()
    return own.filter(id=int(said)).first() if said.isdecimal() and len(said) < 20 else None


@page("see")
def one(desk: Desk, file_id: int) -> HttpResponse:
    """A file: what it is taken for, how far it is, what became of it."""
    file = file_of(desk, file_id)
    values = shown(desk, file)
    if not desk.partial:
        return desk.render("import.html", **values)
    if not values["one"]["active"]:
        # The work is over: the whole page is another one now.
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return desk.render("import_progress.html", **values)


@page("data")
def options(desk: Desk, file_id: int) -> HttpResponse:
    """Read a file otherwise: other columns, store, currency, zone."""
    file = file_of(desk, file_id)
    post = desk.request.POST
    if desk.request.method != "POST":
        return redirect(desk.url("data_import", file.id))
    store = _store(desk, post.get("store", ""))
    if store is None:
        messages.error(desk.request, desk.words.text("Choose one of the brand's stores."))
        return redirect(desk.url("data_import", file.id))
    try:
        said = _said(post, told(file.id, "look").get("header", []))
        with transaction.atomic():
            look_again(file=file, options=said, store_id=store.id, now=desk.now)
            desk.note("file.options", "order_file", file.id, ("columns", "currency", "store", "zone"))
    except Unfit as wrong:
        messages.error(desk.request, desk.words.text(w.UNFIT[wrong.code], **wrong.params))
    except NotNow as busy:
        _tell_state(desk, busy)
    return redirect(desk.url("data_import", file.id))


def _said(post: object, header: list[str]) -> Options:
    """What the form says. `Unfit`."""
    get: Callable[[str, str], str] = post.get  # type: ignore[attr-defined]

    def word(name: str) -> str:
        return get(name, "").strip()

    columns: dict[str, str] = {}
    own = word("how") == "own"
    for _, fields in w.FIELDS if own else ():
        for field in fields:
            # As it stands: a column's name may begin with a blank.
            if chosen := get(f"column-{field}", ""):
                if header and chosen not in header:
                    raise Unfit(field, "unknown_column", text=chosen)
                columns[field] = chosen
    return Options(
        columns, word("dates") if own else "", word("decimal") if own else "", word("currency").upper(), word("zone"),
        word("encoding"), get("delimiter", ""),
    )  # fmt: skip


_DO: dict[str, Callable[..., bool | None]] = {"record": record_it, "stop": stop, "forget": forget}
_DONE = {
    "record": mark("It will be imported now. Nobody is written to, and no points are given, for orders that are"
                   " imported."),
    "stop": mark("Stopped. What was recorded until then stays; it goes on there when you import it."),
    "forget": mark("The file was removed, with everything that was seen in it. What was imported stays."),
    "look": mark("Nobody has seen yet what is in it: it is looked at first. Then you can import it."),
}  # fmt: skip


@page("data")
def do(desk: Desk, file_id: int) -> HttpResponse:
    """Import, stop or forget a file."""
    file = file_of(desk, file_id)
    verb = desk.request.POST.get("do", "")
    if desk.request.method == "POST" and verb in _DO:
        try:
            with transaction.atomic():
                done = _DO[verb](file=file, now=desk.now)
                desk.note(f"file.{verb}", "order_file", file.id)
            said = _DONE["look" if done is False else verb]
            messages.success(desk.request, desk.words.text(said))
        except NotNow as busy:
            _tell_state(desk, busy)
    return redirect(desk.url("data_imports" if verb == "forget" else "data_import", *_which(verb, file)))


def _which(verb: str, file: OrderFile) -> tuple[int, ...]:
    return () if verb == "forget" else (file.id,)


def _tell_state(desk: Desk, busy: NotNow) -> None:
    name, _ = w.STATES[busy.state]
    messages.warning(
        desk.request, desk.words.text("That cannot be done now: the file is %(state)s.", state=desk.words.text(name))
    )
