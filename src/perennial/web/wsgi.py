"""What a web server calls."""

from __future__ import annotations

import os
import signal
import threading

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perennial.settings")

from django.core.wsgi import get_wsgi_application

_LOOK = 2.0  # seconds


def _end_with(parent: int) -> None:
    """End this worker when `perennial serve` was killed outright: it would hold the port for ever."""
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_LOOK)
    os.kill(os.getpid(), signal.SIGTERM)


if os.environ.get("PERENNIAL_SERVED_BY") == str(os.getppid()):
    threading.Thread(target=_end_with, args=[os.getppid()], daemon=True).start()

application = get_wsgi_application()
