"""Work: what is due, what runs, what is stuck."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect

from perennial.facts.actions.loop_schedules import hasten
from perennial.web.data import working
from perennial.web.desk.page import Desk, page


@page("see")
def work(desk: Desk) -> HttpResponse:
    """The loop's tasks, what waits, and what went wrong."""
    listed = working.tasks(desk)
    busy = working.busy(desk, listed)
    if desk.partial and not busy:
        # What ran is over: the page as it is now, and no more fetching.
        answer = HttpResponse(status=204)
        answer.headers["HX-Refresh"] = "true"
        return answer
    return desk.render(
        "work_state.html" if desk.partial else "work.html",
        tasks=listed,
        stuck=[task for task in listed if task["failures"]],
        readers=working.readers(desk),
        touched=working.touched(desk),
        jobs=working.jobs(desk),
        machine=working.machine(desk),
        busy=busy,
    )


@page("data")
def again(desk: Desk) -> HttpResponse:
    """Have a task run at once."""
    task = desk.request.POST.get("task", "")
    if desk.request.method == "POST":
        with transaction.atomic():
            done = hasten(brand_id=desk.brand.id, task=task, now=desk.now)
            if done:
                desk.note("work.again", "schedule")
        if done:
            messages.success(desk.request, desk.words.text("It is due now: the work loop takes it up at once."))
        else:
            messages.info(desk.request, desk.words.text("It is running already, or there is no such task."))
    return redirect(desk.url("work"))
