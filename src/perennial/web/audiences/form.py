"""The form of an audience: which segment, which list, what its fields tell."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms

from perennial.channels.audiences.rules.audience import KIND, Audience
from perennial.channels.audiences.rules.audience import Mailchimp as MailchimpList
from perennial.documents.models import Document
from perennial.documents.queries import bodies
from perennial.segments.rules.segment import KIND as SEGMENT
from perennial.web.audiences.words import SAYS
from perennial.web.desk.documents import wrong
from perennial.web.desk.page import Desk

_FURTHER = re.compile(r"\s*([^=\s]+)\s*=\s*(\S+)\s*")


class AudienceForm(forms.Form):
    """An audience at one service. ``places``: which field a problem of the document belongs to, by its path."""

    title = forms.CharField(max_length=120)
    segment = forms.ChoiceField()
    list_id = forms.CharField(max_length=64)
    server = forms.CharField(max_length=6, required=False)
    key = forms.CharField(max_length=200, required=False, strip=True, widget=forms.PasswordInput(render_value=False))
    tag = forms.CharField(max_length=100, required=False)
    leavers = forms.ChoiceField()
    further = forms.CharField(max_length=4_000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    seen_version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        desk: Desk,
        service: str,
        data: Any = None,
        initial: dict[str, Any] | None = None,
        *,
        has_key: bool = False,
    ) -> None:
        super().__init__(data, initial=initial)
        self.service = service
        say = self._say = desk.words.text
        for says, (name, *_) in SAYS.items():
            self.fields[f"f_{says}"] = forms.CharField(max_length=100, required=False, label=say(name))
        if service != "mailchimp":
            del self.fields["server"]
        segments = sorted(bodies(SEGMENT, brand_id=desk.brand.id).items(), key=lambda pair: pair[1].title.casefold())
        choices = [(key, body.title) for key, body in segments]
        self.fields["segment"].choices = choices  # type: ignore[attr-defined]
        archive = say("Archive them") if service == "mailchimp" else say("Delete them from the list")
        self.fields["leavers"].choices = [("untag", say("Take the tag off")), ("archive", archive)]  # type: ignore[attr-defined]
        kept = say("One is kept; empty leaves it as it is.") if has_key else say("It is kept on this machine alone.")
        labels = {
            "title": (say("Name"), say("As it stands on the pages.")),
            "segment": (say("Segment"), say("Those in it who agreed to advertising by e-mail are sent.")),
            "list_id": (say("Id of the list"), say("As the service shows it in the list's settings.")),
            "server": (say("Server"), say("Such as us6; empty if the API key ends with it.")),
            "key": (say("API key"), kept),
            "tag": (say("Tag"), self._tag_help(service)),
            "leavers": (say("Who leaves the segment"), say("Nobody is ever unsubscribed.")),
            "further": (say("Further fields"), say("One to a line, such as GOLD = label:tier:gold.")),
        }
        for name, (label, help_text) in labels.items():
            if name in self.fields:
                self.fields[name].label, self.fields[name].help_text = label, help_text
        self.fields["key"].widget.attrs["autocomplete"] = "off"

    def _tag_help(self, service: str) -> str:
        if service == "mailchimp":
            return self._say("Marks the members there, such as Loyal.")
        return self._say("A custom field of this name says “yes” for members: letters and digits, such as Loyal.")

    @property
    def told_fields(self) -> list[forms.BoundField]:
        """The fields of the form that name a field of the list."""
        return [self[f"f_{says}"] for says in SAYS]

    def clean_key(self) -> str:
        """A key is one word of plain letters: anything else would break the call that shows it."""
        key = str(self.cleaned_data["key"])
        if key and not re.fullmatch(r"[\x21-\x7e]+", key):
            wrong(self._say("An API key has letters, digits and signs without spaces: copy it once more."))
        return key

    def clean_further(self) -> list[tuple[str, str]]:
        """(field of the list, what it tells) of each line."""
        found = []
        for line in str(self.cleaned_data["further"]).splitlines():
            if not line.strip():
                continue
            match = _FURTHER.fullmatch(line)
            if match is None:
                wrong(self._say("Write lines such as GOLD = label:tier:gold, not %(line)s.", line=line.strip()[:60]))
            found.append((match[1], match[2]))
        return found

    def _told(self) -> list[tuple[str, str, str]]:
        """(field of the form, field of the list, what it tells)."""
        told = self.cleaned_data
        named = [(f"f_{says}", told.get(f"f_{says}", "").strip(), says) for says in SAYS]
        return [one for one in named if one[1]] + [("further", tag, says) for tag, says in told["further"]]

    @property
    def places(self) -> dict[str, str]:
        """The fields of the form by the paths of the document."""
        found = {"title": "title", "segment": "segment", "where.list_id": "list_id", "tag": "tag",
                 "leavers": "leavers", "fields": "further"}  # fmt: skip
        if self.service == "mailchimp":
            found["where.server"] = "server"
        for index, (name, _, _) in enumerate(self._told()):
            found |= {f"fields[{index}].{part}": name for part in ("tag", "says")}
        return found

    def body(self, *, paused: bool) -> dict[str, Any]:
        """The document that the form says."""
        told = self.cleaned_data
        where: dict[str, Any] = {"kind": self.service, "list_id": told["list_id"].strip()}
        if self.service == "mailchimp":
            where["server"] = told["server"].strip().lower() or None
        return {
            "title": told["title"], "segment": told["segment"], "where": where,
            "fields": [{"tag": tag, "says": says} for _, tag, says in self._told()],
            "tag": told["tag"].strip() or None, "leavers": told["leavers"], "paused": paused,
        }  # fmt: skip


def said(body: Audience) -> dict[str, Any]:
    """What the fields of the form say of an audience."""
    told: dict[str, Any] = {
        "title": body.title, "segment": body.segment, "list_id": body.where.list_id, "tag": body.tag or "",
        "leavers": body.leavers,
    }  # fmt: skip
    if isinstance(body.where, MailchimpList):
        told["server"] = body.where.server or ""
    further = []
    for one in body.fields:
        if one.says in SAYS and f"f_{one.says}" not in told:
            told[f"f_{one.says}"] = one.tag
        else:
            further.append(f"{one.tag} = {one.says}")
    return {**told, "further": "\n".join(further)}


def usual(service: str) -> dict[str, Any]:
    """What the form of a new audience begins with."""
    names = {f"f_{says}": names[0] if service == "mailchimp" else names[1] for says, (_, *names) in SAYS.items()}
    return {**names, "leavers": "untag", "seen_version": 0}


def free_key(brand_id: int, title: str) -> str:
    """A key made of the name, that no audience has or had, and that is no address of its own."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48] or "audience"
    same = Document.objects.filter(brand_id=brand_id, kind=KIND.name, key__startswith=stem)
    taken = {"new"} | set(same.values_list("key", flat=True).distinct())
    return next(key for n in range(1, len(taken) + 2) if (key := stem if n == 1 else f"{stem}-{n}") not in taken)
