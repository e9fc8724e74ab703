"""Who of a segment is at a mailing service, as far as we know."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class AudienceMember(models.Model):
    """One address of an audience: what should become of it, and what the service has (`rules.plan`).

    ``key``: MD5 of the address. ``wanted`` and ``sent``: fingerprints of the values that should be there and of
    those we put; the values are read from the facts when they are sent. ``claim``: of the call that is on its way.
    ``error``: why the service refused, in its own words.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    audience = models.CharField(max_length=64)
    customer_id = models.BigIntegerField()
    address = models.CharField(max_length=255)
    key = models.CharField(max_length=32)
    goal = models.CharField(max_length=8)  # in, out, away, forget
    wanted = models.CharField(max_length=32)
    sent = models.CharField(max_length=32, default="")
    there = models.CharField(max_length=8, default="")  # "", doubt, in, out, gone, other
    state = models.CharField(max_length=8)  # planned, claimed, done, refused, barred
    claim = models.BigIntegerField(default=0)
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=255, default="")
    changed_at = InstantField()
    sent_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "audience_member"
        constraints = [models.UniqueConstraint(fields=["brand_id", "audience", "key"], name="audience_member_once")]
        indexes = [
            models.Index(fields=["brand_id", "audience", "customer_id"], name="audience_member_customer"),
            models.Index(fields=["brand_id", "customer_id"], name="audience_member_whose"),
            models.Index(
                fields=["brand_id", "audience", "state", "id"],
                name="audience_member_work",
                condition=~models.Q(state="done"),
            ),
        ]


class AudienceState(models.Model):
    """How an audience stands: when it is looked through next, when the service is asked next, and what went wrong.

    ``place``, ``tag`` and ``checked``: the list, the tag and (a fingerprint) the fields that were found or made at
    the service when it was asked last: what differs now is settled before anything is sent. ``in_step_at``: the
    last instant at which nothing was left to send. ``due_at``: the service is asked nothing before. ``error``: a
    code of ours (`rules.outcome`), then the service's own words. ``test*``: whether the service answers, as staff ask.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    audience = models.CharField(max_length=64)
    plan_at = InstantOrNullField()
    planned_at = InstantOrNullField()
    in_step_at = InstantOrNullField()
    due_at = InstantOrNullField()
    failures = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=255, default="")
    place = models.CharField(max_length=96, default="")
    tag = models.CharField(max_length=100, default="")
    checked = models.CharField(max_length=32, default="")
    test_wanted_at = InstantOrNullField()
    tested_at = InstantOrNullField()
    test = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "audience_state"
        constraints = [models.UniqueConstraint(fields=["brand_id", "audience"], name="audience_state_once")]
