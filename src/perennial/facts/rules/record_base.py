"""The common parts of records: types of their fields, who somebody is, and what is said of a person."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_NO_NUL = r"^[^\x00]*$"  # no database stores U+0000 in text
Name = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_NO_NUL)]
Short = Annotated[str, StringConstraints(max_length=255, pattern=_NO_NUL)]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=_NO_NUL)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
# Amounts fit a 64-bit sum of a million orders: beyond this a number is a mistake in the file.
Minor = Annotated[int, Field(ge=-(10**13), le=10**13)]
Thousandths = Annotated[int, Field(ge=-(10**12), le=10**12)]
Score = Annotated[int, Field(ge=0, le=100)]


class Record(BaseModel):
    """Base of all records: frozen, unknown fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class State(Record):
    """Base of the records that state how a thing stands at ``updated_at``."""

    updated_at: AwareDatetime


class Who(Record):
    """How a source names a person: by shop account, by address, or only by visitor."""

    account: Name | None = None
    email: Short | None = None
    phone: Short | None = None
    visitor: Name | None = None

    @property
    def anonymous(self) -> bool:
        """True when nothing names the person beyond a browser."""
        return self.account is None and not self.email and not self.phone


class Seen(Record):
    """Base of the records of what somebody did or said, once."""

    who: Who
    at: AwareDatetime


class Address(Record):
    """A postal address; ``country`` is ISO 3166 alpha-2."""

    name: Short = ""
    company: Short = ""
    line1: Short = ""
    line2: Short = ""
    city: Short = ""
    region: Short = ""
    postcode: Short = ""
    country: Country | None = None


class Beneficiary(Record):
    """Someone the customer buys for: a child, a pet. ``dates`` maps a label such as "birthday" to a day."""

    name: Name
    relation: Short = ""
    dates: dict[str, date] = {}


class Customer(State):
    """A person with a shop account, or known by an address."""

    who: Who
    created_at: AwareDatetime | None = None
    first_name: Short = ""
    last_name: Short = ""
    locale: Short = ""
    country: Country | None = None
    email_verified_at: AwareDatetime | None = None
    phone_verified_at: AwareDatetime | None = None
    acquired_by: Short = ""
    address: Address | None = None
    attributes: dict[str, bool | int | float | date | str] = {}
    beneficiaries: tuple[Beneficiary, ...] = ()


class Consent(Seen):
    """A permission given or withdrawn; ``proof`` says where it is recorded."""

    channel: Literal["email", "sms", "post", "phone", "push", "onsite"]
    purpose: Literal["marketing", "transactional", "profiling", "publication"] = "marketing"
    given: bool
    source: Short = ""
    text_version: Short = ""
    proof: Short = ""
