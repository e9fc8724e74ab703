"""Every table of the one Django app: Django looks for models here."""

from perennial.channels.audiences.models import AudienceMember, AudienceState
from perennial.documents.models import Document
from perennial.facts.models.activity import Behaviour, Cart, Rating, Sighting, Spend, Ticket
from perennial.facts.models.brands import Brand, ExchangeRate, Ref, Store
from perennial.facts.models.catalogue import PriceChange, Product, Variant
from perennial.facts.models.desk import Note, Word
from perennial.facts.models.erasure import Erased, Erasure
from perennial.facts.models.loop import Counter, Decision, Dirty, Event, Job, Pending, Schedule, Touched
from perennial.facts.models.orders import Fulfilment, Line, Order, Refund, RefundLine
from perennial.facts.models.people import (
    Alias,
    Attribute,
    Beneficiary,
    Consent,
    Customer,
    Identity,
    Merge,
    Suppression,
)
from perennial.figures.models import Answer, CustomerFigures
from perennial.segments.models import (
    Allotment,
    CutPoint,
    Label,
    Listed,
    Membership,
    Preview,
    Score,
    SegmentDay,
    SegmentState,
    StaticList,
)
from perennial.stores.uploads.models import OrderFile
from perennial.web.models import ApiKey, Audit, Call, CardKey, Member, SavedView, SignInLink, User

__all__ = [
    "Alias",
    "Allotment",
    "Answer",
    "ApiKey",
    "Attribute",
    "AudienceMember",
    "AudienceState",
    "Audit",
    "Behaviour",
    "Beneficiary",
    "Brand",
    "Call",
    "CardKey",
    "Cart",
    "Consent",
    "Counter",
    "Customer",
    "CustomerFigures",
    "CutPoint",
    "Decision",
    "Dirty",
    "Document",
    "Erased",
    "Erasure",
    "Event",
    "ExchangeRate",
    "Fulfilment",
    "Identity",
    "Job",
    "Label",
    "Line",
    "Listed",
    "Member",
    "Membership",
    "Merge",
    "Note",
    "Order",
    "OrderFile",
    "Pending",
    "Preview",
    "PriceChange",
    "Product",
    "Rating",
    "Ref",
    "Refund",
    "RefundLine",
    "SavedView",
    "Schedule",
    "Score",
    "SegmentDay",
    "SegmentState",
    "Sighting",
    "SignInLink",
    "Spend",
    "StaticList",
    "Store",
    "Suppression",
    "Ticket",
    "Touched",
    "User",
    "Variant",
    "Word",
]
