"""A page: who asks, for which brand, with which right, and how it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from markupsafe import Markup

from perennial.display.wording import SOURCE, Words
from perennial.facts.models.brands import Brand
from perennial.web.access.audit import note
from perennial.web.access.roles import WHOLE_MACHINE, Right, may
from perennial.web.desk import once
from perennial.web.desk.formats import Formats, formats
from perennial.web.desk.inputs import clean
from perennial.web.desk.navigation import menu
from perennial.web.desk.rendering import current


@dataclass(frozen=True)
class Desk:
    """Handed to every page. ``now`` is read once, here: rules and actions get it passed."""

    request: HttpRequest
    brand: Brand
    role: str
    now: datetime

    @cached_property
    def words(self) -> Words:
        """The reader's language."""
        return current()

    @cached_property
    def format(self) -> Formats:
        """Formats in that language, the brand's currency and zone."""
        return formats(get_language() or SOURCE, self.brand.currency, self.brand.zone)

    @property
    def user_id(self) -> int:
        """Who asks."""
        return int(self.request.user.pk or 0)

    @property
    def partial(self) -> bool:
        """Whether only a part of the page is asked for (htmx), not the page itself."""
        htmx = self.request.htmx  # type: ignore[attr-defined]
        return bool(htmx) and not htmx.boosted and not htmx.history_restore_request

    @property
    def once(self) -> Markup:
        """A field for a form that is to be good once: see `web.desk.once`."""
        return once.number()

    def may(self, right: Right) -> bool:
        """Whether whoever asks has a right here; one to the whole machine, whether they have it with every brand."""
        return may(self.role, right) and (right not in WHOLE_MACHINE or self._everywhere(right))

    def _everywhere(self, right: Right) -> bool:
        brands = self.request.brands().values()  # type: ignore[attr-defined]
        held = [brand.id for brand, role in brands if may(role, right)]
        return not Brand.objects.exclude(id__in=held).exists()

    def url(self, name: str, *args: object, **query: object) -> str:
        """The address of a page of this brand."""
        address = reverse(name, args=[self.brand.key, *args])
        wanted = {key: value for key, value in query.items() if value not in (None, "")}
        return f"{address}?{urlencode(wanted, doseq=True)}" if wanted else address

    def render(self, template: str, /, *, status: int = 200, **values: Any) -> HttpResponse:
        """The page of a template; every template sees ``desk``, ``f`` (formats) and the menu."""
        common = {"desk": self, "f": self.format, "menu": menu(self)}
        return render(self.request, template, {**common, **values}, status=status, using="jinja2")

    def note(self, verb: str, subject: str, subject_id: int = 0, fields: tuple[str, ...] = ()) -> None:
        """Write into the log of changes what whoever asks just did. Call it in the transaction of the change."""
        note(
            brand_id=self.brand.id, now=self.now, verb=verb, subject=subject, subject_id=subject_id, fields=fields,
            user_id=self.user_id,
        )  # fmt: skip


View = Callable[..., HttpResponse]


def page(needs: Right, *, form: bool = True) -> Callable[[View], View]:
    """A view of a brand's page, at an address that begins with the brand's key.

    What the address and the form say is cleaned of signs that cannot be kept; ``form`` False: the view reads the
    body itself.

    Without sign-in: to the sign-in page. A brand that the person does not work with is not there (404);
    one without the right is told so (403).
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, brand: str, *args: object, **kwargs: object) -> HttpResponse:
            if not request.user.is_authenticated:
                return _to_sign_in(request)
            found = request.brands().get(brand)  # type: ignore[attr-defined]
            if found is None:
                raise Http404
            desk = Desk(request, found[0], found[1], datetime.now(UTC))
            if not desk.may(needs):
                return desk.render("problem.html", status=403, problem="brands" if may(desk.role, needs) else "role")
            if "%00" in request.META.get("QUERY_STRING", ""):
                request.GET = clean(request.GET)  # type: ignore[assignment]
            if form and request.method == "POST":
                request.POST = clean(request.POST)  # type: ignore[assignment]
            return view(desk, *args, **kwargs)

        wrapped.needs = needs  # type: ignore[attr-defined]
        return wrapped

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        # A part of a page cannot become the sign-in page: the browser is sent there whole.
        answer = HttpResponse(status=401)
        answer.headers["HX-Redirect"] = reverse("account_login")
        return answer
    return redirect_to_login(request.get_full_path())
