"""Which brand a page is about, and whether the person may enter."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from perennial.facts.models.brands import Brand
from perennial.web.models import Member


def memberships(user_id: int) -> dict[str, tuple[Brand, str]]:
    """The brands somebody works with, by key, and their role there."""
    roles = dict(Member.objects.filter(user_id=user_id, ended_at=None).values_list("brand_id", "role"))
    return {brand.key: (brand, roles[brand.id]) for brand in Brand.objects.filter(id__in=roles).order_by("name", "id")}


class Entry:
    """Keeps the memberships of whoever asks beside the request, read once and only where they are needed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        found: list[dict[str, tuple[Brand, str]]] = []

        def brands() -> dict[str, tuple[Brand, str]]:
            if not found:
                found.append(memberships(request.user.pk) if request.user.is_authenticated else {})
            return found[0]

        request.brands = brands  # type: ignore[attr-defined]
        return self.get_response(request)
