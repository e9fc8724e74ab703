"""Which browser it was, from what it said of itself: enough for somebody to know their own."""

from __future__ import annotations

# What names a browser or a system; the first that is found wins, as most browsers also claim to be older ones.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"), ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip
_LONGEST = 60


def browser_of(user_agent: str) -> str:
    """Browser and system, such as "Firefox, Linux"; else the beginning of what was said."""
    found = [
        name
        for names in (_BROWSERS, _SYSTEMS)
        for name in [next((name for sign, name in names if sign in user_agent), "")]
        if name
    ]
    return ", ".join(found) or user_agent[:_LONGEST] or "?"
