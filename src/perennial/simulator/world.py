"""What all customers of a made-up store share: its configuration, chance, calendar and catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from perennial.simulator.catalogue import Catalogue
from perennial.simulator.config import Config
from perennial.simulator.draws import Draws
from perennial.simulator.season import Season


@dataclass(frozen=True, slots=True)
class World:
    """Made by `of`; holds no customer."""

    config: Config
    draws: Draws
    season: Season
    catalogue: Catalogue

    @classmethod
    def of(cls, config: Config) -> World:
        """The world of a configuration."""
        draws, season = Draws(config.seed), Season(config)
        return cls(config, draws, season, Catalogue(config, draws, season))
