"""What each role may do. Pages and endpoints name one of these rights; nothing else is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Role = Literal["owner", "marketer", "support", "analyst", "read_only"]
Right = Literal[
    "see",  # figures, and customers by name
    "export",  # take lists of people away
    "customers",  # notes, corrections, consents, merges of customers
    "erase",  # erase a person for good
    "programme",  # goals, settings of sums, and later segments, rewards, journeys
    "data",  # imports, rejects, back-ups
    "staff",  # colleagues, keys, the log
]

ROLES: Mapping[Role, frozenset[Right]] = {
    "owner": frozenset({"see", "export", "customers", "erase", "programme", "data", "staff"}),
    "marketer": frozenset({"see", "export", "customers", "programme"}),
    "support": frozenset({"see", "customers"}),
    "analyst": frozenset({"see", "export", "data"}),
    "read_only": frozenset({"see"}),
}


def may(role: str, right: Right) -> bool:
    """Whether a role has a right; an unknown role has none."""
    return any(name == role and right in rights for name, rights in ROLES.items())
