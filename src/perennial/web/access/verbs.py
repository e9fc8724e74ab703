"""What lines of the log say, in words. A verb or subject without words here is shown as it was written."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark

VERBS: Mapping[str, str] = {
    "sign_in": mark("signed in"),
    "sign_in.refused": mark("was refused at signing in"),
    "password.change": mark("set a new password"),
    "factor.add": mark("added a way to sign in"),
    "factor.remove": mark("removed a way to sign in"),
    "factor.renew": mark("made new recovery codes"),
    "member.add": mark("added a colleague"),
    "member.role": mark("changed a role"),
    "member.end": mark("ended a membership"),
    "member.link": mark("made a sign-in link"),
    "key.add": mark("made a key"),
    "key.revoke": mark("revoked a key"),
}
SUBJECTS: Mapping[str, str] = {
    "member": mark("colleague"),
    "key": mark("key"),
    "customer": mark("customer"),
}
# What "fields" may name here: columns, and ways to sign in.
FIELDS: Mapping[str, str] = {
    "role": mark("role"),
    "name": mark("name"),
    "scopes": mark("scopes"),
    "store": mark("shop"),
    "password": mark("password"),
    "link": mark("sign-in link"),
    "totp": mark("authenticator app"),
    "webauthn": mark("passkey"),
    "recovery_codes": mark("recovery codes"),
}
