from __future__ import annotations

import pytest

from tests.channels.services import CampaignMonitor, Mailchimp, serving
from tests.facts.builders import NOW


@pytest.fixture
def source(db, settings, tmp_path):
    from perennial.facts.actions.readers import install, installed
    from perennial.facts.actions.stores import open_store, source_of
    from perennial.work.readers import READERS

    (tmp_path / "nodes").mkdir()
    settings.PERENNIAL_HOME = tmp_path
    before = installed()
    install(READERS)
    yield source_of(open_store(now=NOW, currency="EUR", zone="Europe/Madrid", locale="es-ES"), "test")
    install(before)


@pytest.fixture(params=["mailchimp", "campaign_monitor"])
def world(request, source, settings):
    from tests.channels.world import World

    service = Mailchimp() if request.param == "mailchimp" else CampaignMonitor(key="secret")
    name = request.param.upper()
    setattr(settings, f"PERENNIAL_{name}_KEY", service.key)
    with serving(service):
        setattr(settings, f"PERENNIAL_{name}_URL", service.address)
        yield World(source, service, request.param)
