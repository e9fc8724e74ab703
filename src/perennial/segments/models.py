"""Who is in which group: memberships, labels, static lists; and what people are measured against."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class Membership(models.Model):
    """One stay of a person in a segment, from ``entered_at`` to ``left_at`` (null: still in).

    ``customer_id`` is the person (the end of the chain of aliases). ``entered_why``: fact (something recorded),
    time (a window moved on), rule (the segment was made or changed), store (cut-points of the whole store
    moved), merge. ``*_event_id``: the newest event of the person when it was judged. ``*_version``: of the
    segment's document. Of a person in a segment at most one stay is open.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    segment = models.CharField(max_length=64)
    entered_at = InstantField()
    entered_why = models.CharField(max_length=8)
    entered_event_id = models.BigIntegerField(null=True)
    entered_version = models.IntegerField()
    left_at = InstantOrNullField()
    left_why = models.CharField(max_length=8, default="")
    left_event_id = models.BigIntegerField(null=True)
    left_version = models.IntegerField(null=True)

    class Meta:
        app_label = "perennial"
        db_table = "membership"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "segment", "customer_id"],
                condition=models.Q(left_at__isnull=True),
                name="membership_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["brand_id", "customer_id", "segment", "entered_at"], name="membership_customer"),
            models.Index(fields=["brand_id", "segment", "entered_at", "id"], name="membership_entered"),
            models.Index(
                fields=["brand_id", "segment", "left_at"],
                condition=models.Q(left_at__isnull=False),
                name="membership_left",
            ),
        ]


class SegmentState(models.Model):
    """How far the memberships of a segment are: by which version of its document, as of when.

    ``version`` null: never filled. ``filled_at``: when everybody was judged last; ``day``: the local day up to which
    time was followed. ``members``: how many are in. ``error``: why it could not be counted last; memberships stay
    as they were. ``filled_under``: the fingerprint of its rule with the rules of the segments it names.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    segment = models.CharField(max_length=64)
    version = models.IntegerField(null=True)
    filled_under = models.CharField(max_length=32, default="")
    filled_at = InstantOrNullField()
    day = models.IntegerField(null=True)
    members = models.IntegerField(default=0)
    error = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "segment_state"
        constraints = [models.UniqueConstraint(fields=["brand_id", "segment"], name="segment_state_once")]


class SegmentDay(models.Model):
    """How many were in a segment at the end of a local day (or so far), and how many came and went on it."""

    id = identifier()
    brand_id = models.BigIntegerField()
    segment = models.CharField(max_length=64)
    day = models.IntegerField()
    members = models.IntegerField()
    entered = models.IntegerField()
    left = models.IntegerField()

    class Meta:
        app_label = "perennial"
        db_table = "segment_day"
        constraints = [models.UniqueConstraint(fields=["brand_id", "segment", "day"], name="segment_day_once")]


class CutPoint(models.Model):
    """Where the first or last so many of all customers begin, by a measure, as of a moment.

    ``key``: fingerprint of the ranking condition. ``value``: minor units, pieces or a share; null: nobody has one.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    key = models.CharField(max_length=32)
    value = models.FloatField(null=True)
    as_of = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "cut_point"
        constraints = [models.UniqueConstraint(fields=["brand_id", "key"], name="cut_point_once")]


class Preview(models.Model):
    """A rule that somebody looks at, counted by `work` on request.

    ``key``: fingerprint of ``rule``. ``found``: members, of how many, a sample of people, reachability by channel,
    overlap with segments; null: not yet counted. ``wanted_at``: somebody waits for it.

    Two more are asked in the same way, with an object of their own for ``rule``: {"explain": segment, "customer":
    person}, found as `actions.explain.explain_member` says, kept an hour; {"as_of": local day, "segment", "rule"},
    found as `actions.recompute.recompute_wanted` says. Both go when anybody is erased.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    key = models.CharField(max_length=32)
    rule = models.JSONField()
    wanted_at = InstantOrNullField()
    counted_at = InstantOrNullField()
    as_of = InstantOrNullField()
    found = models.JSONField(null=True)
    error = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "preview"
        constraints = [models.UniqueConstraint(fields=["brand_id", "key"], name="preview_once")]
        indexes = [
            models.Index(
                fields=["brand_id", "wanted_at"],
                name="preview_wanted",
                condition=models.Q(wanted_at__isnull=False),
            )
        ]


class Label(models.Model):
    """A label that a customer bears from ``from_at`` to ``to_at`` (null: still): ``tier:gold``. ``put_by``: a room."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    put_by = models.CharField(max_length=32)
    from_at = InstantField()
    to_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "label"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "customer_id", "name"],
                condition=models.Q(to_at__isnull=True),
                name="label_open_once",
            )
        ]
        indexes = [
            models.Index(fields=["brand_id", "name", "to_at", "customer_id"], name="label_name"),
            models.Index(fields=["brand_id", "customer_id", "from_at"], name="label_customer"),
        ]


class StaticList(models.Model):
    """A list of people that somebody pasted or uploaded. ``counts``: {"matched", "waiting"}, its entries.

    ``retired_at``: since then nobody is on it any more; its entries are taken out by the work loop.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    key = models.CharField(max_length=64)
    title = models.CharField(max_length=255)
    created_at = InstantField()
    retired_at = InstantOrNullField()
    counts = models.JSONField(default=dict)

    class Meta:
        app_label = "perennial"
        db_table = "static_list"
        constraints = [models.UniqueConstraint(fields=["brand_id", "key"], name="static_list_once")]


class Listed(models.Model):
    """One entry of a static list: an address, phone, shop account or id, and whom it leads to (null: nobody yet).

    An entry that leads to several customers (two accounts at one address) has a row for each, all of one kind, value
    and store; one that leads to nobody has one. ``store_id``: whose account (0: not of a store).
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    list_id = models.BigIntegerField()
    kind = models.CharField(max_length=8)  # email, phone, account, id
    value = models.CharField(max_length=255)
    store_id = models.BigIntegerField(default=0)
    customer_id = models.BigIntegerField(null=True)
    added_at = InstantField()
    matched_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "listed"
        constraints = [
            models.UniqueConstraint(
                fields=["brand_id", "list_id", "kind", "value", "store_id"],
                condition=models.Q(customer_id__isnull=True),
                name="listed_waiting_once",
            ),
            models.UniqueConstraint(
                fields=["brand_id", "list_id", "kind", "value", "store_id", "customer_id"],
                condition=models.Q(customer_id__isnull=False),
                name="listed_once",
            ),
        ]
        indexes = [
            models.Index(fields=["brand_id", "customer_id", "list_id"], name="listed_customer"),
            # Whoever gets an address looks here which lists it stands on.
            models.Index(fields=["brand_id", "kind", "value", "list_id"], name="listed_value"),
        ]


class Score(models.Model):
    """A number kept of a customer, with its interval where it has one, as of when and by what it was made."""

    id = identifier()
    brand_id = models.BigIntegerField()
    customer_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    value = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    model = models.CharField(max_length=32)
    as_of = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "score"
        constraints = [models.UniqueConstraint(fields=["brand_id", "customer_id", "name"], name="score_once")]
        indexes = [models.Index(fields=["brand_id", "name", "value", "customer_id"], name="score_value")]


class Allotment(models.Model):
    """What an allocation document comes to, by group: the one in force (``key`` empty), or one that is looked at.

    ``key``: fingerprint of ``body``. ``version``: of the document in force that decided (0: none did, the defaults
    hold). ``of_figures``: as of when everybody's figures were that it was computed from. ``found``: groups and how
    many people may cost how much; null: not yet computed. ``wanted_at``: somebody waits for it.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    key = models.CharField(max_length=32)
    body = models.JSONField()
    version = models.IntegerField(default=0)
    wanted_at = InstantOrNullField()
    as_of = InstantOrNullField()
    of_figures = InstantOrNullField()
    found = models.JSONField(null=True)
    error = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "allotment"
        constraints = [models.UniqueConstraint(fields=["brand_id", "key"], name="allotment_once")]
