"""Where Django looks for addresses."""

from perennial.web.urls import handler500, urlpatterns

__all__ = ["handler500", "urlpatterns"]
