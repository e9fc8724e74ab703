"""The pages tell everything there is: settings, events, commands, answers, errors; and what they link to exists."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import click
import pytest
from pydantic import BaseModel
from tools import definitions, reference

from perennial.facts.rules.reporting import KIND, Reporting
from perennial.insight.registry import ANSWERS
from perennial.stores.csv.mapping.report import ImportReport
from perennial.stores.csv.parser.faults import SENTENCES
from tests.docs import reading
from tests.docs.reading import DOCS, PAGES, README, SOURCE, page
from tests.real import ROOT


@pytest.mark.parametrize("path", definitions.pages(), ids=lambda path: path.name)
def test_what_follows_from_the_code_is_as_the_code_has_it(path: Path):
    assert path.read_text() == definitions.filled(path.read_text()), "run make docs"


def test_a_page_that_is_old_is_named_and_written(tmp_path: Path, monkeypatch, capsys):
    text = "# Errors\n\n<!-- generated: errors -->\nold\n<!-- end -->\n"
    old = tmp_path / "docs" / "errors.md"
    old.parent.mkdir()
    old.write_text(text)
    monkeypatch.setattr(definitions, "PAGES", old.parent)
    monkeypatch.setattr(definitions, "ROOT", tmp_path)
    assert definitions.main(check=True) == 1
    assert old.read_text() == text
    assert "docs/errors.md is old: run make docs" in capsys.readouterr().out
    assert definitions.main(check=False) == 0
    assert "`cell.date`" in old.read_text()
    assert definitions.main(check=True) == 0


def test_a_part_that_nobody_writes_is_refused():
    with pytest.raises(KeyError):
        definitions.filled("<!-- generated: nonsense -->\n<!-- end -->")


def test_every_setting_of_the_environment_is_told():
    told = set(re.findall(r"`([A-Z][A-Z_]+)(?:=\w+[^`]*)?`", page("settings.md")))
    read = {
        name
        for path, tree in reading.trees(SOURCE)
        for node in reading.environment(tree)
        for name in reading.values(node, tree)
    }
    assert "PERENNIAL_HOME" in read
    assert read - told == set()
    ours = {name for name in told if name.startswith("PERENNIAL_")}
    developers = {
        name
        for path, tree in reading.trees(ROOT / "tools")
        for node in reading.environment(tree)
        for name in reading.values(node, tree)
        if name.startswith("PERENNIAL_")
    }
    assert ours == {name for name in read | developers if name.startswith("PERENNIAL_")}


@pytest.mark.parametrize(
    "source",
    [
        "os.environ.get('PERENNIAL_X')", "os.environ['PERENNIAL_X']", "os.getenv('PERENNIAL_X', '1')",
        "'PERENNIAL_X' in os.environ", "environ.pop('PERENNIAL_X', None)", "NAME = 'PERENNIAL_X'\nos.environ[NAME]",
    ],
)  # fmt: skip
def test_a_new_setting_would_be_seen(source: str):
    tree = ast.parse(source)
    assert [reading.values(node, tree) for node in reading.environment(tree)] == [{"PERENNIAL_X"}]


def test_every_event_is_told_and_no_other():
    told = re.findall(r"^\| `(\w+\.\w+)` \|", page("facts.md"), re.MULTILINE)
    recorded = {
        kind
        for _, tree in reading.trees(SOURCE)
        for node in reading.events(tree)
        for kind in reading.values(node, tree)
    }
    assert sorted(told) == sorted(recorded)


def test_a_new_event_would_be_seen():
    tree = ast.parse("KIND = 'a.b'\nsession.event('c.d' if x else KIND, 1)\nsession.event(kind='e.f')")
    assert [reading.values(node, tree) for node in reading.events(tree)] == [{"c.d", "a.b"}, {"e.f"}]
    (unclear,) = reading.events(tree := ast.parse("session.event(f'{x}.y', 1)"))
    with pytest.raises(LookupError, match="line 1"):
        reading.values(unclear, tree)


@pytest.mark.parametrize("path", [path for path in reference.commands() if path])
def test_every_command_and_option_is_told(path: str):
    section = page("commands.md").split(f"\n## {path}\n", 1)[1].split("\n## ", 1)[0]
    assert any(line.startswith(f"perennial {path}") for line in reading.shell(section)), "it needs an example"
    options = [option for option in reference.command(path).params if isinstance(option, click.Option)]
    missing = [name for option in options for name in option.opts if not re.search(rf"`[^`]*{name}\b", section)]
    assert missing == []


def test_options_of_all_commands_are_told():
    section = page("commands.md").split("\n## Options of all commands\n", 1)[1].split("\n## ", 1)[0]
    assert all(f"`{name}" in section for option in reference.command("").params for name in option.opts)


def test_every_task_of_the_loop_is_told():
    from perennial.work.tasks import TASKS

    told = re.findall(r"^\| `(\w+)` \|", page("commands.md"), re.MULTILINE)
    assert told == [task.name for task in TASKS]


def test_every_word_of_a_rule_is_told_by_its_example():
    from perennial.segments.rules.rule import EXAMPLES, read

    told = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page("segments.md"), re.MULTILINE))
    assert sorted(told) == sorted(EXAMPLES)
    for word, example in told.items():
        assert read(example).text() == example, word


def test_every_answer_is_told():
    text = page("definitions.md")
    headings = re.findall(r"^### (\w+)$", text, re.MULTILINE)
    assert [name for name in headings if name in ANSWERS] == sorted(ANSWERS, key=headings.index)
    for answer in ANSWERS.values():
        assert reference.wrapped(reference.markdown(answer.definition)) in text


def test_the_tactics_name_answers_that_exist():
    table = page("definitions.md").split("## Tactics")[1].split("\n## ")[0]
    cells = re.findall(r"^\| T\d\d[^|]*\|[^|]*\| ([^|]+) \|$", table, re.MULTILINE)
    assert len(cells) > 5
    assert {name for cell in cells for name in cell.split(", ")} <= ANSWERS.keys()


def test_every_error_of_a_file_is_told():
    text = page("import.md")
    doors = [tree for folder in ("stores/csv", "lab") for _, tree in reading.trees(SOURCE / folder)]
    given = {code for tree in doors for code in reading.codes(tree)}
    assert "cell.date" in given
    assert [code for code in sorted({*SENTENCES, *given}) if f"`{code}`" not in text] == []


def test_every_count_of_an_import_is_told():
    text = page("import.md")
    names = [field.name.replace("_", " ") for field in fields(ImportReport)]
    assert [name for name in names if f"`{name}`" not in text] == []


def leaves(body: type[BaseModel], default: object, path: str = "") -> dict[str, object]:
    """Every field of a body by its path, with its default."""
    found: dict[str, object] = {}
    for name, field in body.model_fields.items():
        value = getattr(default, name) if default is not None else field.get_default()
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        inner = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        here = f"{path}{name}"
        if inner is None:
            found[here] = value
            continue
        listed = isinstance(value, tuple)
        found |= {here: value} if listed or None in kinds or type(None) in kinds else {}
        found |= leaves(inner, None if listed else value, f"{here}{'[]' if listed else ''}.")
    return found


def test_every_field_of_the_reporting_settings_is_told_with_its_default():
    from pydantic_core import PydanticUndefined

    rows = dict(re.findall(r"^\| `([a-z_.\[\]]+)` \| ([^|]+) \|", page("settings.md"), re.MULTILINE))
    expected = {}
    for path, value in leaves(Reporting, Reporting()).items():
        match value:
            case None | ():
                expected[path] = "none"
            case _ if value is PydanticUndefined:
                expected[path] = "needed"
            case bool():
                expected[path] = f"`{str(value).lower()}`"
            case float():
                expected[path] = f"`{value}`"
            case BaseModel():
                expected[path] = "as below"
            case _:
                expected[path] = f'`"{value}"`'
    assert rows == expected


def test_every_kind_of_document_is_told():
    from perennial.documents.rules.kinds import discover

    assert KIND in discover()
    assert [kind.name for kind in discover() if f"## The kind `{kind.name}`" not in page("settings.md")] == []


OTHERS = [ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((DOCS / "decisions").glob("*.md"))]


@pytest.mark.parametrize("path", [*PAGES, *OTHERS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_picture_leads_somewhere(path: Path):
    assert reading.broken(path.read_text(), path) == []


def test_a_broken_link_would_be_seen():
    text = "# Here\n\n[a](#here) [b](#there) ![c](docs/none.png) [d](LICENSE) [e](https://example.org)"
    assert reading.broken(text, README) == ["#there", "docs/none.png"]


def test_every_page_is_linked_from_the_readme():
    linked = {link.partition("#")[0] for link in reading.links(README.read_text())}
    assert {str(path.relative_to(ROOT)) for path in DOCS.glob("*.md")} <= linked


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_can_be_read_in_a_terminal(path: Path):
    lines = path.read_text().splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 120] == []
    if path == README:
        assert len(lines) <= 150
