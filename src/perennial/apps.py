"""The one Django app."""

from __future__ import annotations

from django.apps import AppConfig


class Perennial(AppConfig):
    """Hands the table of readers to facts, and has the log of changes guarded and written, when the process starts."""

    name = "perennial"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Install the readers; guard the log of changes, and write sign-ins into it."""
        from perennial.database.append_only import keep_append_only
        from perennial.facts.actions import prune
        from perennial.facts.actions.erasing import person
        from perennial.facts.actions.readers import install
        from perennial.segments.actions.forget_listed import forget_listed
        from perennial.segments.actions.previews import forget_explained, forget_explanations
        from perennial.stores.uploads.actions.forget_person import forget_person
        from perennial.web.access.calls import forget_calls
        from perennial.web.access.watch import watch
        from perennial.web.desk.charts import forget_charts
        from perennial.web.models import Audit
        from perennial.web.person.forgetting import forget
        from perennial.work.readers import READERS

        install(READERS)
        prune.install((forget_calls, forget_charts, forget_explanations))
        person.install((forget_person, forget_listed, forget_explained, forget))
        keep_append_only(self, Audit)
        watch()
