"""Django's settings, from the environment: nothing here needs editing to start.

- ``PERENNIAL_HOME``: the folder of all data (default ``./perennial-data``).
- ``PERENNIAL_DATABASE_URL``: ``postgresql://user:password@host:port/name``; without it, SQLite in the home.
  What follows a ``?`` goes to libpq as it stands: ``?sslmode=verify-full&sslrootcert=...``.
- ``PERENNIAL_MACHINE``: 0 to 15, different on every machine that shares a database (for identifiers).
- ``PERENNIAL_HOSTS``: names under which a proxy with HTTPS serves the desk, parted by commas. Without it the
  desk answers this machine alone. ``PERENNIAL_HTTPS=0``: the proxy speaks no HTTPS (a network of your own).
  The proxy must set X-Forwarded-Proto and append the browser's address to X-Forwarded-For.
- ``PERENNIAL_UPLOAD_MB``: the largest file of orders that may be handed in at the desk (default 1024).
- ``PERENNIAL_API_CALLS``: how many calls a minute a key of the API may make (default 1200).
- ``PERENNIAL_MAILCHIMP_KEY``, ``PERENNIAL_CAMPAIGN_MONITOR_KEY``: keys of mailing services, for brands that have none
  of their own; ``PERENNIAL_MAILCHIMP_URL``, ``PERENNIAL_CAMPAIGN_MONITOR_URL``: other addresses of their APIs.
- ``PERENNIAL_SECRET_KEY``: signs links; without it a key is made once and kept in the home.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

PERENNIAL_HOME = Path(os.environ.get("PERENNIAL_HOME", "perennial-data")).absolute()
PERENNIAL_MACHINE = int(os.environ.get("PERENNIAL_MACHINE", "0"))
PERENNIAL_API_CALLS = int(os.environ.get("PERENNIAL_API_CALLS", "1200"))
PERENNIAL_WORKERS = int(os.environ.get("PERENNIAL_WORKERS", "1"))  # told by `perennial serve` to its web processes
PERENNIAL_MAILCHIMP_KEY = os.environ.get("PERENNIAL_MAILCHIMP_KEY", "")
PERENNIAL_MAILCHIMP_URL = os.environ.get("PERENNIAL_MAILCHIMP_URL", "")
PERENNIAL_CAMPAIGN_MONITOR_KEY = os.environ.get("PERENNIAL_CAMPAIGN_MONITOR_KEY", "")
PERENNIAL_CAMPAIGN_MONITOR_URL = os.environ.get("PERENNIAL_CAMPAIGN_MONITOR_URL", "")
PERENNIAL_UPLOAD_MB = int(os.environ.get("PERENNIAL_UPLOAD_MB", "1024"))


def _secret(home: Path) -> str:
    if given := os.environ.get("PERENNIAL_SECRET_KEY"):
        return given
    _make(home)
    path = home / "secret-key"
    # Written whole and then put in its place: who starts at the same time must never read half a key.
    draft = home / f"secret-key.{os.getpid()}.{secrets.token_hex(4)}"
    while not (path.exists() and (found := path.read_text())):
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                os.fsync(file.fileno())
            if path.exists() and not path.stat().st_size:
                draft.replace(path)  # left empty by a full disk or a power cut: nothing was signed with it
            else:
                with suppress(FileExistsError):
                    os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
    return found


def _make(home: Path) -> None:
    """The folder of all data: customers' names are in it, so nobody else on the machine may look."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)


def _database(url: str, home: Path) -> dict[str, Any]:
    if not url:
        _make(home)
        return {
            "ENGINE": "perennial.database.sqlite",
            "NAME": str(home / "perennial.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                # FULL: what was acknowledged survives a power cut.
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
                    "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
                    "PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=0;"
                    # What is erased leaves no bytes in pages that are not used any more.
                    "PRAGMA secure_delete=ON;"
                ),
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise ValueError(
            "PERENNIAL_DATABASE_URL is not understood: write postgresql://user:password@host:port/name, "
            "or leave it out for SQLite"
        )
    options = dict(parse_qsl(parts.query))
    folder = options.pop("host", "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or folder,
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


PERENNIAL_DATABASE_URL = os.environ.get("PERENNIAL_DATABASE_URL", "")
SECRET_KEY = _secret(PERENNIAL_HOME)
DATABASES = {"default": _database(PERENNIAL_DATABASE_URL, PERENNIAL_HOME)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
DEBUG = False
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español"), ("it", "Italiano"), ("fr", "Français")]

# The web. Commands of the loop do without all of it but the tables.
INSTALLED_APPS = [
    "perennial",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
ROOT_URLCONF = "perennial.urls"
MIDDLEWARE = [
    "perennial.web.access.headers.Headers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "perennial.web.desk.language.Language",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "perennial.web.access.entry.Entry",
    "django_htmx.middleware.HtmxMiddleware",
    "perennial.web.access.outage.Outage",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [Path(__file__).parent / "web" / "templates"],
        "OPTIONS": {
            "environment": "perennial.web.desk.rendering.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {}},
]
CACHES = {  # shared by all workers of a machine, written at sign-ins only
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(PERENNIAL_HOME / "cache"),
        # Few (default: 300) would let guesses at many accounts crowd out the count of one.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

PERENNIAL_HOSTS = [host for host in os.environ.get("PERENNIAL_HOSTS", "").split(",") if host]
ALLOWED_HOSTS = [*PERENNIAL_HOSTS, "localhost", "127.0.0.1", "[::1]"]
# Behind a proxy that speaks HTTPS; without one, on this machine alone, cookies travel in the clear.
PERENNIAL_HTTPS = bool(PERENNIAL_HOSTS) and os.environ.get("PERENNIAL_HTTPS", "1") != "0"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PERENNIAL_HTTPS else None
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PERENNIAL_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if PERENNIAL_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PERENNIAL_HTTPS
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in PERENNIAL_HOSTS if PERENNIAL_HTTPS]
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 14 * 86_400
X_FRAME_OPTIONS = "DENY"
STATIC_URL = "/static/"
LOGGING = {  # what went wrong, to the terminal; never what was asked with which values
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"discreet": {"()": "perennial.web.access.log_lines.Discreet"}},
    "handlers": {"terminal": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["discreet"]}},
    "loggers": {"django": {"handlers": ["terminal"], "level": "ERROR", "propagate": False}},
}

AUTH_USER_MODEL = "perennial.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "perennial.web.access.adapter.Adapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_MODEL_EMAIL_FIELD = "email"
ACCOUNT_EMAIL_VERIFICATION = "none"  # staff come by a link from a colleague, who knows them
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "change_password": "perennial.web.access.forms.ChangePassword",
    "set_password": "perennial.web.access.forms.SetPassword",
}
# Behind a proxy all requests come from one machine: who it was says the proxy, which appends to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = int(bool(PERENNIAL_HOSTS))
MFA_ADAPTER = "perennial.web.access.factors.Adapter"
MFA_FORMS = {"add_webauthn": "perennial.web.access.forms.AddKey"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_ISSUER = "Perennial"
# Browsers allow passkeys on localhost without HTTPS.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PERENNIAL_HTTPS
