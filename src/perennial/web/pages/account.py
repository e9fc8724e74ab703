"""What allauth's pages about oneself leave out."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from perennial.web.desk.rendering import current


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """Sign out one of one's own browsers."""
    from allauth.usersessions.models import UserSession

    get_object_or_404(UserSession, id=session_id, user_id=request.user.pk).end()
    messages.success(request, current().text("Signed out there."))
    return redirect("usersessions_list")
