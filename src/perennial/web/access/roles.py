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
    "data",  # imports, rejects, exchange rates
    "backups",  # all that the machine holds, as a file: see `WHOLE_MACHINE`
    "staff",  # colleagues, keys, the log
]

ROLES: Mapping[Role, frozenset[Right]] = {
    "owner": frozenset({"see", "export", "customers", "erase", "programme", "data", "backups", "staff"}),
    "marketer": frozenset({"see", "export", "customers", "programme"}),
    "support": frozenset({"see", "customers"}),
    "analyst": frozenset({"see", "export", "data"}),
    "read_only": frozenset({"see"}),
}

# A back-up holds every brand, every password's hash and the key that links are signed with: whoever takes one away
# takes what they do not work with, too. Such a right needs the role with every brand of the machine.
WHOLE_MACHINE: frozenset[Right] = frozenset({"backups"})


def may(role: str, right: Right) -> bool:
    """Whether a role has a right; an unknown role has none."""
    return any(name == role and right in rights for name, rights in ROLES.items())
