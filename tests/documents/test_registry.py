"""The registry: kinds of installed distributions, ours and a plug-in's, through real entry points."""

import importlib
import json
import sys
from importlib.metadata import distribution

import pytest

from perennial.documents.rules.body import Refused
from perennial.documents.rules.kinds import GROUP, PluginBroken, Registry, discover, install, installed
from tests.documents.kinds import NOTE, PERK

PLUGIN = """
from perennial.documents.rules.body import Body
from perennial.documents.rules.kinds import Kind


class First(Body):
    celsius: int


class Second(Body):
    kelvin: float


def _kelvin(body):
    body["kelvin"] = body.pop("celsius") + 273.15
    return body


KIND = Kind("weather", "When the weather decides", Second, older=(First,), upgraders=(_kelvin,))
NO_KIND = "weather"
"""


@pytest.fixture
def distributions(tmp_path, monkeypatch):
    """Installs a distribution as pip would leave it: a module and its dist-info, on a folder of sys.path."""
    monkeypatch.syspath_prepend(tmp_path)
    made = []

    def make(name, entry_points, source=PLUGIN):
        module = name.replace("-", "_")
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entry_points}\n")
        importlib.invalidate_caches()
        made.append(module)

    before = install(None)
    yield make
    install(before)
    for module in made:
        sys.modules.pop(module, None)


def test_a_plug_in_s_kind_is_found_and_old_bodies_are_upgraded(distributions):
    assert "weather" not in {kind.name for kind in discover()}
    distributions("perennial-weather", "weather = perennial_weather:KIND")
    assert distribution("perennial-weather").version == "1.0"

    kind = installed().kind("weather")
    assert kind.schema == 2
    assert kind.read({"celsius": 20}, 1).content() == {"kelvin": 293.15}
    assert kind.read({"kelvin": 1.5}, 2).content() == {"kelvin": 1.5}


def test_finding_kinds_imports_nothing_before_it_is_asked(distributions):
    distributions("perennial-weather", "weather = perennial_weather:KIND")
    assert "perennial_weather" not in sys.modules
    discover()
    assert "perennial_weather" in sys.modules


@pytest.mark.django_db
def test_a_plug_in_s_documents_are_saved_upgraded_and_outlive_it(distributions):
    from perennial.documents import actions, queries
    from perennial.documents.models import Document
    from tests.documents.conftest import NOON

    distributions("perennial-weather", "weather = perennial_weather:KIND")
    place = {"brand_id": 1, "kind": "weather", "key": "hot"}
    actions.save(**place, body={"celsius": 30}, schema=1, author="api", seen_version=0, now=NOON, state="live")
    row = Document.objects.get()
    assert (row.schema, row.body) == (2, '{"kelvin":303.15}')

    # One that was saved when schema 1 was in force.
    Document(
        id=7, **place | {"key": "cold"}, version=1, schema=1, body=json.dumps({"celsius": -10}), fingerprint="f",
        state="live", effective_from=NOON, author="api", created_at=NOON,
    ).save()  # fmt: skip
    cold = queries.current(**place | {"key": "cold"}, at=NOON)
    assert cold.schema == 1
    assert queries.read(cold).content() == {"kelvin": 263.15}
    assert queries.effective(installed().kind("weather"), brand_id=1, key="cold", at=NOON).kelvin == 263.15
    assert Document.objects.get(key="cold").body == '{"celsius": -10}'  # reading rewrites nothing

    # Publishing it again writes the schema in force.
    again = actions.publish(**place | {"key": "cold"}, author="api", seen_version=1, now=NOON)
    assert (again.version, again.schema, again.body) == (2, 2, '{"kelvin":263.15}')

    # Without the plug-in: still there, named in the error, and possible to retire.
    install(Registry.of([NOTE]))
    with pytest.raises(Refused, match="weather hot@1 is refused: kind: there is no kind 'weather'"):
        queries.read(queries.current(**place, at=NOON))
    with pytest.raises(Refused, match="a plug-in may be missing"):
        actions.publish(**place, author="api", seen_version=1, now=NOON)
    assert actions.retire(**place, author="api", seen_version=1, now=NOON).state == "retired"


@pytest.mark.parametrize(
    ("entry", "source", "message"),
    [
        ("weather = perennial_weather:GONE", PLUGIN, "cannot be loaded"),
        ("weather = perennial_weather:KIND", "raise OSError('no sun')", "cannot be loaded (no sun)"),
        ("weather = perennial_weather:NO_KIND", PLUGIN, "is no Kind"),
        ("climate = perennial_weather:KIND", PLUGIN, "calls itself 'weather'"),
    ],
)
def test_a_broken_plug_in_is_named(distributions, entry, source, message):
    distributions("perennial-weather", entry, source)
    with pytest.raises(PluginBroken) as broken:
        discover()
    assert message in str(broken.value)
    assert str(broken.value).startswith("perennial-weather offers the kind")
    assert "uninstall" in str(broken.value)


def test_two_plug_ins_cannot_share_a_name(distributions):
    distributions("perennial-weather", "weather = perennial_weather:KIND")
    distributions("perennial-sky", "weather = perennial_sky:KIND")
    with pytest.raises(PluginBroken, match=r"perennial-(sky|weather) and perennial-(sky|weather) both offer"):
        discover()


def test_two_kinds_handed_over_cannot_share_a_name():
    with pytest.raises(ValueError, match="two kinds of document are called 'perk'"):
        Registry.of([PERK, NOTE, PERK])


def test_an_unknown_kind_is_refused_with_what_was_meant():
    with pytest.raises(Refused, match=r"kind: there is no kind 'perks': did you mean 'perk'\?; a plug-in may"):
        installed().kind("perks")
    with pytest.raises(Refused, match="there is no kind 'x': there is none"):
        Registry.of([]).kind("x")


def test_installing_gives_back_what_stood_before(registry):
    mine = Registry.of([NOTE])
    assert install(mine) is registry
    assert installed() is mine
    assert install(registry) is mine
