"""The one Django app."""

from __future__ import annotations

from django.apps import AppConfig


class Perennial(AppConfig):
    """Hands the table of readers to facts when the process starts."""

    name = "perennial"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Install the readers."""
        from perennial.facts.actions.readers import install
        from perennial.work.readers import READERS

        install(READERS)
