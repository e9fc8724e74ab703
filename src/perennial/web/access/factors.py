"""How secrets of second factors are kept: encrypted with a key that stands in no database.

Whoever gets a copy of the database alone can make no codes of an authenticator app.
"""

from __future__ import annotations

import base64
import secrets
from functools import cache

from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_MARK = "fernet:"


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth tells no types
    """Encrypts with a key made of the one that signs links."""

    def encrypt(self, text: str) -> str:
        """As it is kept."""
        return _MARK + _fernet(settings.SECRET_KEY).encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """As it is used; what was kept before there was encryption is plain.

        What another key has encrypted (``PERENNIAL_SECRET_KEY`` was changed) becomes a secret that no code fits: an
        empty one could be guessed. A new sign-in link lets its owner in to add the app anew.
        """
        if not encrypted_text.startswith(_MARK):
            return encrypted_text
        try:
            return _fernet(settings.SECRET_KEY).decrypt(encrypted_text.removeprefix(_MARK).encode()).decode()
        except InvalidToken:
            return base64.b32encode(secrets.token_bytes(20)).decode()


@cache
def _fernet(secret: str) -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"perennial second factors").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(key))
