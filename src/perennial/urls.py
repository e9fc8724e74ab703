"""Where Django looks for addresses."""

from perennial.web.urls import urlpatterns

__all__ = ["urlpatterns"]
