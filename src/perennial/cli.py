"""``perennial``: one command for the merchant's machine, the developer and the analyst.

Commands are loaded when they are called: ``--help`` reads no Django, no engine, no web.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path

import click

from perennial import __version__

# name -> (where it is, one line of help). The line stands here so that help needs no import.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("perennial.demo:demo", "Make up a store (or take your orders), record it, write and show the report."),
    "serve": ("perennial.serve:serve", "Serve the desk in the browser, and do what is due."),
    "sign-in-link": ("perennial.serve:sign_in_link", "Print a link that lets somebody in once."),
    "report": ("perennial.lab.commands:report", "Write a page that says who the customers of an orders file are."),
    "ask": ("perennial.lab.commands:ask", "Ask an orders file one question: RFM, cohorts, rhythm ... as a table."),
    "segment": ("perennial.lab.commands:segment", "Say who is in a segment of an orders file, by a rule in words."),
    "import": ("perennial.work.importing:import_file", "Record a shop's export of orders."),
    "work": ("perennial.work.commands:work", "Run what is due: figures, the mirror, schedules."),
    "mirror": ("perennial.work.commands:mirror", "The columnar copy of the facts: rebuild it."),
    "search": ("perennial.work.commands:search", "The words by which customers are found: write them anew."),
    "list": ("perennial.work.listing:lists", "Lists of people: show them, put people on one from a file."),
    "backup": ("perennial.work.backing_up:backup", "Write everything there is into one file."),
    "restore": ("perennial.work.backing_up:restore", "Restore a back-up."),
    "erase": ("perennial.web.person.commands:erase", "Erase a person for good."),
    "export-person": ("perennial.web.person.commands:export_person", "Write down everything held of a person."),
    "check": ("perennial.work.commands:check", "Check that what is stored agrees with itself."),
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="perennial")
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of all data. Default: PERENNIAL_HOME, else ./perennial-data",
)
@click.option(
    "--database",
    metavar="URL",
    help="postgresql://user:password@host:port/name. Default: PERENNIAL_DATABASE_URL, else SQLite in the home",
)
def main(home: Path | None, database: str | None) -> None:
    """Know every customer of a store, act exactly once, prove what it earned."""
    # Commands that need the database read these through the settings; the analyst's commands need neither.
    if home is not None:
        os.environ["PERENNIAL_HOME"] = str(home.absolute())
    if database is not None:
        os.environ["PERENNIAL_DATABASE_URL"] = database
