"""Who works with a brand, by which keys machines do, and what they changed."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from perennial.database import ids
from perennial.database.fields import InstantField, InstantOrNullField, identifier
from perennial.web.access.roles import ROLES


class Users(BaseUserManager["User"]):
    """Makes people who can sign in."""

    def create_user(self, email: str, password: str | None = None, **more: object) -> User:
        """Somebody with an address; without a password they sign in by a link or a passkey."""
        user = self.model(email=self.normalize_email(email).lower(), **more)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(AbstractBaseUser):
    """Somebody who can sign in. What they may do with a brand is said by `Member`."""

    id = models.BigIntegerField(primary_key=True, editable=False, default=ids.new)
    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True, default="")
    language = models.CharField(max_length=5, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = InstantField()

    USERNAME_FIELD = "email"
    objects = Users()

    class Meta:
        app_label = "perennial"
        db_table = "user"


class Member(models.Model):
    """A person's role with a brand. ``ended_at``: they had it until then."""

    id = identifier()
    brand_id = models.BigIntegerField()
    user = models.ForeignKey(User, on_delete=models.PROTECT)
    role = models.CharField(max_length=12, choices=[(role, role) for role in ROLES])
    since = InstantField()
    ended_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "member"
        constraints = [models.UniqueConstraint(fields=["brand_id", "user"], name="member_once")]


class SignInLink(models.Model):
    """A link that lets one person in once, until ``expires_at``. Only its hash is kept."""

    id = identifier()
    user = models.ForeignKey(User, on_delete=models.CASCADE)
    hash = models.CharField(max_length=64, unique=True)
    expires_at = InstantField()
    used_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "sign_in_link"


class ApiKey(models.Model):
    """A machine's key to a brand, or to one store of it (``store_id`` not 0). Only its hash is kept.

    ``prefix`` is what people know it by. ``kind``: secret (a server's) or publishable (in a page's source).
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    store_id = models.BigIntegerField(default=0)
    kind = models.CharField(max_length=12)
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField()
    created_by = models.BigIntegerField()
    created_at = InstantField()
    revoked_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "api_key"
        indexes = [models.Index(fields=["brand_id"], name="api_key_brand")]


class Call(models.Model):
    """A POST that had its effect, by its idempotency key: the same call again gets the same answer.

    ``fingerprint`` is of method, path and body: the key with another body is refused.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    api_key_id = models.BigIntegerField()
    idempotency_key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField()
    body = models.TextField(default="")
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "api_call"
        constraints = [
            models.UniqueConstraint(fields=["brand_id", "api_key_id", "idempotency_key"], name="api_call_once")
        ]
        indexes = [models.Index(fields=["brand_id", "at"], name="api_call_at")]


class CardKey(models.Model):
    """What the links to customers' cards of a brand are signed with; revoked, none of them opens any more."""

    id = identifier()
    brand_id = models.BigIntegerField()
    created_by = models.BigIntegerField()
    created_at = InstantField()
    revoked_at = InstantOrNullField()

    class Meta:
        app_label = "perennial"
        db_table = "card_key"
        indexes = [models.Index(fields=["brand_id"], name="card_key_brand")]


class Audit(models.Model):
    """A change somebody made: what, to which row, which fields. Never the values; rows are only ever added.

    ``user_id`` or ``api_key_id`` did it; both 0: a command on the machine itself.
    """

    id = identifier()
    brand_id = models.BigIntegerField()
    at = InstantField()
    user_id = models.BigIntegerField(default=0)
    api_key_id = models.BigIntegerField(default=0)
    verb = models.CharField(max_length=64)
    subject = models.CharField(max_length=32)
    subject_id = models.BigIntegerField(default=0)
    fields = models.JSONField(default=list)

    class Meta:
        app_label = "perennial"
        db_table = "audit"
        indexes = [
            models.Index(fields=["brand_id", "-id"], name="audit_newest"),
            models.Index(fields=["brand_id", "subject", "subject_id", "-id"], name="audit_subject"),
            models.Index(fields=["brand_id", "subject", "-id"], name="audit_kind"),
            models.Index(fields=["brand_id", "user_id", "-id"], name="audit_person"),
            models.Index(fields=["brand_id", "api_key_id", "-id"], name="audit_key"),
        ]


class SavedView(models.Model):
    """Filters, sort and columns of a list under a name; ``user_id`` 0: everybody's."""

    id = identifier()
    brand_id = models.BigIntegerField()
    user_id = models.BigIntegerField(default=0)
    page = models.CharField(max_length=32)
    name = models.CharField(max_length=80)
    query = models.JSONField()
    at = InstantField()

    class Meta:
        app_label = "perennial"
        db_table = "saved_view"
        constraints = [models.UniqueConstraint(fields=["brand_id", "user_id", "page", "name"], name="saved_view_once")]
