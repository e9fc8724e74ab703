"""The names of an erased person as keyed hashes: they can be recognised when they come again, not read."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

PREFIX = "erased:"


def keyed(brand_id: int, kind: str, store_id: int, name: str) -> str:
    """What stands in the table of names for a name that was erased: HMAC-SHA-256 under the installation's secret.

    ``name`` as the table of names has it: an account's name, or the SHA-256 of an address.
    """
    key = f"erased:{settings.SECRET_KEY}".encode()
    told = "\x1f".join((str(brand_id), kind, str(store_id), name)).encode()
    return PREFIX + hmac.new(key, told, hashlib.sha256).hexdigest()
