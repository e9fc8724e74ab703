"""``perennial serve``: the desk and the work loop, by one command."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import click

_AGAIN_AFTER = 2.0  # seconds before a loop that died is started again


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--loop/--no-loop", "with_loop", default=True, show_default=True, help="Run the work loop beside them.")
def serve(host: str, port: int, workers: int, with_loop: bool) -> None:
    """Serve the desk, and do what is due. Ctrl-C or SIGTERM ends both.

    The first start makes an owner and prints a link that lets them in once.
    """
    from perennial.database.start import start

    start()
    base = reached_at(host, port)
    if link := first_link(base):
        click.echo(f"First start: sign in once, within a day, by\n  {link}")
    click.echo(f"Perennial is at {base}  (Ctrl-C ends it)")
    run(host, port, workers, with_loop=with_loop)


@click.command()
@click.argument("email")
@click.option("--base", help="Where the desk is reached; else https and PERENNIAL_HOSTS, or http://localhost:8000.")
def sign_in_link(email: str, base: str | None) -> None:
    """Print a link that lets EMAIL in once: for whoever has lost password and authenticator."""
    from perennial.database.start import start

    start()
    from perennial.web.access.people import link_from_machine
    from perennial.web.models import User

    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        known = ", ".join(User.objects.order_by("email").values_list("email", flat=True)) or "nobody yet"
        raise click.ClickException(f"nobody has the address {email} (there are: {known})")
    token = link_from_machine(user=user, now=datetime.now(UTC))
    click.echo(f"{(base or reached_at()).rstrip('/')}/sign-in/{token}/")


def reached_at(host: str = "localhost", port: int = 8000) -> str:
    """The address of the desk for people: that of the proxy before it, or that on which it listens itself."""
    from django.conf import settings

    if named := [name.lstrip(".") for name in settings.PERENNIAL_HOSTS if name != "*"]:
        return f"{'https' if settings.PERENNIAL_HTTPS else 'http'}://{named[0]}"
    if host in ("127.0.0.1", "0.0.0.0", "::"):  # noqa: S104
        host = "localhost"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def first_link(base: str) -> str | None:
    """Make an owner for a house that has nobody; a link for them. None where there is somebody."""
    from perennial.facts.actions.stores import open_store
    from perennial.facts.models.brands import Brand
    from perennial.web.access.people import give_role, sign_in_token
    from perennial.web.models import User

    if User.objects.exists():
        return None
    now = datetime.now(UTC)
    if not Brand.objects.exists():
        open_store(now=now)
    for brand in Brand.objects.order_by("id"):
        member = give_role(brand_id=brand.id, email="owner@localhost", role="owner", now=now, name="Owner")
    return f"{base}/sign-in/{sign_in_token(user=member.user, now=now)}/"


def run(host: str, port: int, workers: int, *, with_loop: bool = True) -> None:
    """Run web workers and loop until told to stop; whichever dies is started again."""
    from django.conf import settings
    from django.db import connections
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    from perennial.web.desk.assets import lay_out

    assets = lay_out(Path(settings.PERENNIAL_HOME) / "assets")
    # They share the limits of the API. Forks of ours have the settings as we hold them, others read the environment.
    settings.PERENNIAL_WORKERS = workers
    os.environ["PERENNIAL_WORKERS"] = str(workers)
    os.environ["PERENNIAL_SERVED_BY"] = str(os.getpid())  # they end with us
    connections.close_all()  # the workers open their own
    server = Granian(
        "perennial.web.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=1,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        static_path_route=["/static"],
        static_path_mount=[assets],
        static_path_expires=31_536_000,
        log_level=LogLevels.warning,
        websockets=False,
    )
    if not with_loop:
        server.serve()
        return
    loop = _Loop()
    loop.start()
    try:
        server.serve()
    finally:
        loop.end()


class _Loop(threading.Thread):
    """Keeps one `perennial work` running until `end`."""

    def __init__(self) -> None:
        super().__init__(name="work", daemon=True)
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        while not self._ending.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "perennial", "work", "--until-eof"],
                stdin=subprocess.PIPE,  # closed by the system when we are killed: no loop is left behind
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
            if self._process.wait() and not self._ending.is_set():
                click.echo("the work loop died; starting it again", err=True)
            self._ending.wait(_AGAIN_AFTER)

    def end(self) -> None:
        """Let it finish its unit of work."""
        self._ending.set()
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
