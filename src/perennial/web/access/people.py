"""Staff: making people, giving roles, letting somebody in by a link."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from perennial.database import ids
from perennial.web.access.audit import note
from perennial.web.access.roles import ROLES
from perennial.web.models import Member, SignInLink, User

LINK_GOOD_FOR = timedelta(hours=24)


class LastOwner(ValueError):
    """A brand without an owner could never get one again."""


class WorksElsewhere(ValueError):
    """A link would let whoever has it into a brand that is not theirs."""


@dataclass(frozen=True)
class Invited:
    """Somebody new. ``token`` lets them in once; empty where they have an account here already, and use that."""

    member: Member
    token: str


def give_role(*, brand_id: int, email: str, role: str, now: datetime, by: int = 0, name: str = "") -> Member:
    """Make somebody (known by their address) a member of a brand, or change their role. Raises LastOwner."""
    if role not in ROLES:
        raise ValueError(f"{role!r} is no role: choose one of {', '.join(ROLES)}")
    with transaction.atomic():
        owners = _owners(brand_id)
        user = User.objects.filter(email=email.lower()).first() or User.objects.create_user(
            email, name=name, created_at=now
        )
        member = Member.objects.select_for_update().filter(brand_id=brand_id, user=user).first()
        if member is None or member.ended_at is not None:
            # A link that another brand's owner holds for them must not lead into this brand.
            _end_links(user.id, now)
            member = member or Member(id=ids.new(), brand_id=brand_id, user=user)
            member.role, member.since, member.ended_at, verb = role, now, None, "member.add"
        elif member.role == role:
            return member
        else:
            if role != "owner":
                _keep_an_owner(member, owners)
            member.role, verb = role, "member.role"
        member.save()
        note(brand_id=brand_id, now=now, verb=verb, subject="member", subject_id=user.id, fields=["role"], user_id=by)
    return member


def invite(*, brand_id: int, email: str, role: str, now: datetime, by: int, name: str = "") -> Invited:
    """Make somebody a member, and a sign-in link for them if they are new here."""
    with transaction.atomic():
        member = give_role(brand_id=brand_id, email=email, role=role, now=now, by=by, name=name)
        # An account that another brand made, or that was used, has its own ways in: they stay its holder's alone.
        new = member.user.created_at == now
        token = link_for(brand_id=brand_id, user_id=member.user_id, now=now, by=by) if new else ""
    return Invited(member, token)


def link_for(*, brand_id: int, user_id: int, now: datetime, by: int) -> str:
    """A new token for a member of the brand; whoever asks (``by``) passes it on.

    Raises WorksElsewhere where the person also works with a brand that ``by`` does not own: the link would open
    that brand too. Member.DoesNotExist: they do not work with the brand.
    """
    with transaction.atomic():
        member = Member.objects.select_related("user").get(brand_id=brand_id, user_id=user_id, ended_at=None)
        theirs = set(Member.objects.filter(user_id=user_id, ended_at=None).values_list("brand_id", flat=True))
        owned = Member.objects.filter(user_id=by, role="owner", ended_at=None).values_list("brand_id", flat=True)
        if theirs - set(owned):
            raise WorksElsewhere("they also work with a brand that you do not own")
        token = sign_in_token(user=member.user, now=now)
        note(brand_id=brand_id, now=now, verb="member.link", subject="member", subject_id=user_id, user_id=by)
    return token


def link_from_machine(*, user: User, now: datetime) -> str:
    """A new token, asked for by a command on the machine: told in the log of every brand that it opens."""
    with transaction.atomic():
        token = sign_in_token(user=user, now=now)
        for brand_id in Member.objects.filter(user=user, ended_at=None).values_list("brand_id", flat=True):
            note(brand_id=brand_id, now=now, verb="member.link", subject="member", subject_id=user.id)
    return token


def end_role(*, brand_id: int, user_id: int, now: datetime, by: int = 0) -> None:
    """Somebody works with the brand no more; what they did stays in the log. Raises LastOwner.

    Pages ask for the role at every request, so that this brand is closed to them at once. Where it was their last
    brand they are signed out everywhere, and their open links are void.
    """
    with transaction.atomic():
        owners = _owners(brand_id)
        member = Member.objects.select_for_update().get(brand_id=brand_id, user_id=user_id, ended_at=None)
        _keep_an_owner(member, owners)
        member.ended_at = now
        member.save()
        note(brand_id=brand_id, now=now, verb="member.end", subject="member", subject_id=user_id, user_id=by)
        if not Member.objects.filter(user_id=user_id, ended_at=None).exists():
            _end_links(user_id, now)
            _end_sessions(user_id)


def _owners(brand_id: int) -> set[int]:
    """The brand's owners, kept from changing until the transaction ends: two must not end each other at once."""
    found = Member.objects.select_for_update().filter(brand_id=brand_id, role="owner", ended_at=None)
    return {member.user_id for member in found.order_by("id")}


def _keep_an_owner(member: Member, owners: set[int]) -> None:
    if owners == {member.user_id}:
        raise LastOwner("this is the brand's only owner: make somebody else an owner first")


def _end_links(user_id: int, now: datetime) -> None:
    SignInLink.objects.filter(user_id=user_id, used_at=None, expires_at__gt=now).update(expires_at=now)


def _end_sessions(user_id: int) -> None:
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user_id=user_id):
        session.end()


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
