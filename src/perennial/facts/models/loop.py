"""What is to be done about it: events and their readers, touched customers, dirty months, jobs, schedules."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier
from perennial.facts.rules.readers import EVERYTHING


class Event(models.Model):
    """Something that happened, once: ``occurred_at`` in the world, ``recorded_at`` here.

    ``discriminator`` is 0 for what happens once to a subject, else the hash of the version that did it.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    customer_id = models.BigIntegerField(null=True)
    subject_id = models.BigIntegerField()
    discriminator = models.BigIntegerField()
    occurred_at = InstantField()
    recorded_at = InstantField()
    day = models.IntegerField()
    history = models.BooleanField()

    class Meta:
        app_label = "perennial"
        db_table = "event"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "subject_id", "kind", "discriminator"], name="event_once")
        ]
        indexes = [models.Index(fields=["brand_id", "customer_id", "occurred_at"], name="event_customer")]


class Pending(models.Model):
    """An event that a reader has not dealt with yet. Deleted in the transaction that deals with it."""

    id = identifier()
    brand_id = models.BigIntegerField()
    reader = models.CharField(max_length=32)
    event_id = models.BigIntegerField()
    due_at = InstantField()
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "pending"
        constraints = [models.UniqueConstraint(fields=["brand_id", "reader", "event_id"], name="pending_once")]
        indexes = [models.Index(fields=["reader", "due_at"], name="pending_due")]


class Touched(models.Model):
    """Facts of a customer changed since a reader last looked; ``n`` rises with each change.

    ``what``: which sorts of facts, as bits (`facts.rules.readers`).
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    reader = models.CharField(max_length=32)
    customer_id = models.BigIntegerField()
    n = models.BigIntegerField(default=1)
    what = models.SmallIntegerField(default=EVERYTHING)

    class Meta:
        app_label = "perennial"
        db_table = "touched"
        constraints = [models.UniqueConstraint(fields=["brand_id", "reader", "customer_id"], name="touched_once")]


class Dirty(models.Model):
    """A month of a mirrored table that no longer is what the database holds; ``n`` rises with each change."""

    id = identifier()
    brand_id = models.BigIntegerField()
    table = models.CharField(max_length=32)
    month = models.IntegerField()
    n = models.BigIntegerField(default=1)

    class Meta:
        app_label = "perennial"
        db_table = "dirty"
        constraints = [models.UniqueConstraint(fields=["brand_id", "table", "month"], name="dirty_once")]


class Counter(models.Model):
    """Things counted rather than listed: events too old for a reader, visits refused ..."""

    id = identifier()
    brand_id = models.BigIntegerField()
    name = models.CharField(max_length=96)
    n = models.BigIntegerField(default=0)

    class Meta:
        app_label = "perennial"
        db_table = "counter"
        constraints = [models.UniqueConstraint(fields=["brand_id", "name"], name="counter_once")]


class Job(models.Model):
    """Long work that can be stopped and goes on where it was: ``cursor`` is saved with each chunk."""

    id = identifier()
    brand_id = models.BigIntegerField()
    kind = models.CharField(max_length=32)
    key = models.CharField(max_length=255)
    state = models.CharField(max_length=8, default="running")  # wanted, running, done, failed, stopped
    cursor = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    error = models.TextField(default="")
    claimed_by = models.CharField(max_length=64, default="")
    claimed_until = InstantOrNullField()
    created_at = InstantField()
    updated_at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "job"
        constraints = [models.UniqueConstraint(fields=["brand_id", "kind", "key"], name="job_once")]


class Schedule(models.Model):
    """When a recurring task is due next, and how the last run went. One row per task and brand."""

    id = identifier()
    brand_id = models.BigIntegerField()
    task = models.CharField(max_length=64)
    due_at = InstantField()
    claimed_by = models.CharField(max_length=64, default="")
    claimed_until = InstantOrNullField()
    last_started_at = InstantOrNullField()
    last_finished_at = InstantOrNullField()
    last_error = models.TextField(default="")
    failures = models.SmallIntegerField(default=0)  # in a row

    class Meta:
        app_label = "perennial"
        db_table = "schedule"
        constraints = [models.UniqueConstraint(fields=["brand_id", "task"], name="schedule_once")]
        indexes = [models.Index(fields=["due_at"], name="schedule_due")]


class Decision(models.Model):
    """What we decided and why: documents as key@version, inputs canonical, no personal data."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField(null=True)
    subject_id = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    documents = models.JSONField()
    inputs = models.JSONField()
    outcome = models.JSONField()
    reasons = models.JSONField()
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "decision"
        indexes = [
            models.Index(fields=["brand_id", "customer_id", "at"], name="decision_customer"),
            models.Index(fields=["brand_id", "subject_id"], name="decision_subject"),
        ]
