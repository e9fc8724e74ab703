"""The stored answers: what pages read, so that they compute nothing."""

from __future__ import annotations

from django.db import models

from perennial.database.fields import InstantField, InstantOrNullField, identifier


class CustomerFigures(models.Model):
    """What is known of one person as of ``as_of``. A row's own id is the person's customer id.

    Money in minor units of the reporting currency, net of refunds and cancellations; goods, with tax and
    shipping where the brand's settings count them. Null: unknown (``profit``: no costs; rhythm: too few
    people came back to the store). ``usual_gap`` is the median of the person's next gap in days, ``gap_low``
    to ``gap_high`` its middle 80 %; ``probability``: that a customer who still is one has been silent for so
    long. ``model`` made them, with what it knew of the whole store as of ``population_as_of``; so are ``r``,
    ``f``, ``m``.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    orders = models.IntegerField()
    revenue = models.BigIntegerField()
    profit = models.BigIntegerField(null=True)
    aov = models.BigIntegerField(null=True)
    occasions = models.IntegerField()
    first_order_day = models.IntegerField(null=True)
    last_order_day = models.IntegerField(null=True)
    stage = models.CharField(max_length=16)
    r = models.SmallIntegerField(null=True)
    f = models.SmallIntegerField(null=True)
    m = models.SmallIntegerField(null=True)
    rfm_group = models.CharField(max_length=16)
    rhythm = models.CharField(max_length=8)  # on_time, due, drifting, lost, unknown
    too_early = models.BooleanField()  # too few own orders: the rhythm is mostly the store's
    usual_gap = models.FloatField(null=True)
    gap_low = models.FloatField(null=True)
    gap_high = models.FloatField(null=True)
    expected_day = models.IntegerField(null=True)
    due_day = models.IntegerField(null=True)
    lost_day = models.IntegerField(null=True)
    probability = models.FloatField(null=True)
    yearly_value = models.BigIntegerField(null=True)
    model = models.CharField(max_length=32)
    as_of = InstantField()
    as_of_day = models.IntegerField()
    population_as_of = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "customer_figures"
        indexes = [
            models.Index(fields=["brand_id", "rhythm", "-yearly_value"], name="figures_rhythm"),
            models.Index(fields=["brand_id", "stage", "-revenue"], name="figures_stage"),
            models.Index(fields=["brand_id", "rfm_group", "-revenue"], name="figures_group"),
            # One for each order of the list; the id makes a place in it exact, read from either end.
            models.Index(fields=["brand_id", "revenue", "id"], name="figures_revenue"),
            models.Index(fields=["brand_id", "orders", "id"], name="figures_orders"),
            models.Index(fields=["brand_id", "profit", "id"], name="figures_profit"),
            models.Index(fields=["brand_id", "yearly_value", "id"], name="figures_yearly"),
            models.Index(fields=["brand_id", "first_order_day", "id"], name="figures_first"),
            models.Index(fields=["brand_id", "last_order_day", "id"], name="figures_last"),
            models.Index(fields=["brand_id", "expected_day", "id"], name="figures_expected"),
        ]


class Answer(models.Model):
    """One answer of `insight` as computed last: ``body`` is {"columns": [...], "types": [...], "rows": [...]}.

    ``store_id`` 0: all stores. ``params_key`` is the fingerprint of ``params``, which differ from the
    defaults. ``total`` rows there were, of which the body holds the first. ``wanted_at``: somebody waits
    for it to be computed (again).
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField()
    name = models.CharField(max_length=64)
    params = models.JSONField()
    params_key = models.CharField(max_length=32)
    as_of = InstantOrNullField()
    computed_at = InstantOrNullField()
    wanted_at = InstantOrNullField()
    total = models.IntegerField(default=0)
    body = models.JSONField(null=True)
    error = models.CharField(max_length=255, default="")

    class Meta:
        app_label = "perennial"
        db_table = "answer"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "store_id", "name", "params_key"], name="answer_once")
        ]
        indexes = [
            models.Index(
                fields=["brand_id", "wanted_at"],
                name="answer_wanted",
                condition=models.Q(wanted_at__isnull=False),
            )
        ]
