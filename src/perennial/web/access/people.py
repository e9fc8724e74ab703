"""Staff: making people, giving roles, letting somebody in by a link."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from perennial.database import ids
from perennial.web.access.audit import note
from perennial.web.access.roles import ROLES
from perennial.web.models import Member, SignInLink, User

LINK_GOOD_FOR = timedelta(hours=24)


class LastOwner(ValueError):
    """A brand without an owner could never get one again."""


def give_role(*, brand_id: int, email: str, role: str, now: datetime, by: int = 0, name: str = "") -> Member:
    """Make somebody (known by their address) a member of a brand, or change their role. Raises LastOwner."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role: choose one of {', '.join(ROLES)}")
    with transaction.atomic():
        user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(
            email, name=name, created_at=now
        )
        member = Member.objects.select_for_update().filter(brand_id=brand_id, user=user).first()
        if member is None:
            member = Member(id=ids.new(), brand_id=brand_id, user=user, role=role, since=now)
            verb = "member.add"
        else:
            if member.role == "owner" and role != "owner":
                _keep_an_owner(member)
            member.role, member.ended_at, verb = role, None, "member.role"
        member.save()
        note(brand_id=brand_id, now=now, verb=verb, subject="member", subject_id=user.id, fields=["role"], user_id=by)
    return member


def end_role(*, brand_id: int, user_id: int, now: datetime, by: int = 0) -> None:
    """Somebody works with the brand no more; what they did stays in the log. Raises LastOwner."""
    with transaction.atomic():
        member = Member.objects.select_for_update().get(brand_id=brand_id, user_id=user_id)
        _keep_an_owner(member)
        member.ended_at = now
        member.save()
        note(brand_id=brand_id, now=now, verb="member.end", subject="member", subject_id=user_id, user_id=by)


def _keep_an_owner(member: Member) -> None:
    others = Member.objects.filter(brand_id=member.brand_id, role="owner", ended_at=None).exclude(id=member.id)
    if member.role == "owner" and not others.exists():
        raise LastOwner("this is the brand's only owner: make somebody else an owner first")


def sign_in_token(*, user: User, now: datetime) -> str:
    """A new token for a sign-in link: good once, for a day. It is told here and never again."""
    token = secrets.token_urlsafe(32)
    SignInLink.objects.create(id=ids.new(), user=user, hash=_hash(token), expires_at=now + LINK_GOOD_FOR)
    return token


def redeem(token: str, *, now: datetime) -> User | None:
    """Whose token it is; None where it is unknown, used or too old. A second call gets None."""
    used = SignInLink.objects.filter(hash=_hash(token), used_at=None, expires_at__gt=now).update(used_at=now)
    if not used:
        return None
    user = SignInLink.objects.select_related("user").get(hash=_hash(token)).user
    return user if user.is_active else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
