"""Ready-made segments in words: what each is called, what it is for, and what it asks."""

from __future__ import annotations

from collections.abc import Mapping

from perennial.display.wording import mark

# By key: the title, and what it is for.
READY: Mapping[str, tuple[str, str]] = {
    "loyal": (mark("Loyal customers"), mark("Reward them, invite them, tell their story.")),
    "big-spenders": (mark("Big spenders"), mark("Spent much in half a year: thank them with something of worth.")),
    "frequent": (mark("Frequent buyers"), mark("Order again and again: surprise them now and then.")),
    "vip": (mark("VIP by spending"), mark("Those who spent most in a year: early access, credit, a personal word.")),
    "best-by-profit": (mark("Best by profit"), mark("The few who bring most of the profit: spend your effort here.")),
    "faithful": (
        mark("Faithful in good and bad times"), mark("Stayed although something went wrong: thank them specially."),
    ),
    "champions": (mark("Champions"), mark("Bought lately, often and for much: let them in first.")),
    "active": (mark("Active customers"), mark("All who order at their usual pace.")),
    "influencers": (mark("Influencers"), mark("Have many followers: a present may be seen by thousands.")),
    "referrers": (mark("Brought somebody"), mark("Brought new customers: thank them and make it easy to do it again.")),
    "referred": (mark("Were brought by somebody"), mark("Came on a recommendation: welcome them in its name.")),
    "story-tellers": (
        mark("May be shown in public"), mark("Regulars who agreed to be published: ask for their story and photo."),
    ),
    "not-yet-loyal": (
        mark("High value, not yet loyal"), mark("Spent much in few orders: a reward for the next one may win them."),
    ),
    "big-baskets": (mark("Big baskets"), mark("Large orders on average: offer sets and better versions.")),
    "near-free-shipping": (
        mark("Close to free shipping"), mark("A little short of the mark: tell them how little is missing."),
    ),
    "category-not-bought": (
        mark("Never tried a category"), mark("Regulars to whom a small gift can show something new."),
    ),
    "gift-buyers": (mark("Gift buyers"), mark("Bought gifts in the last year: write to them before the holidays.")),
    "new-this-month": (mark("New this month"), mark("Welcome them: the first weeks decide.")),
    "first-time": (mark("Bought once"), mark("Give them a reason for a second order.")),
    "second-order-due": (
        mark("Second order due"), mark("Bought once, and others would order again about now: remind them."),
    ),
    "repeat": (mark("Repeat buyers"), mark("Ordered at least twice: the base of your income.")),
    "thank-by-card": (
        mark("New, to be thanked by post"), mark("First order lately, with a postal address: send a handwritten card."),
    ),
    "happy-lately": (
        mark("Nothing went wrong lately"), mark("Ordered lately and all went well: ask for a review."),
    ),
    "happy-guests": (
        mark("Guests who were served well"), mark("Bought once without an account, and all went well: offer them one."),
    ),
    "drifting": (mark("Drifting away"), mark("Silent for longer than their own rhythm: write before they are gone.")),
    "loyal-drifting": (
        mark("Loyal, but drifting away"), mark("Used to order often, now late by their own rhythm: write personally."),
    ),
    "best-leaving": (
        mark("The best who are leaving"), mark("Spent most, silent now: a personal offer or a call is worth it."),
    ),
    "lost": (mark("Lost customers"), mark("Silent for very long: one last good offer, or ask why.")),
    "won-back": (mark("Won back"), mark("Returned after a long silence: make sure that they stay.")),
    "inactive": (mark("Inactive, can be written to"), mark("Tell them by e-mail what is new.")),
    "late-lately": (mark("Late delivery lately"), mark("Apologise before they ask, and mute offers meanwhile.")),
    "first-time-late": (
        mark("First order, and late"), mark("Their first impression is at stake: apologise and make up for it."),
    ),
    "complained": (mark("Complained lately"), mark("Answer, mend it, and ask whether they are satisfied.")),
    "open-ticket": (mark("Waiting for an answer"), mark("Answer first; send no offers meanwhile.")),
    "disappointed": (
        mark("Had reason to be disappointed"), mark("Late, refunded or a complaint: win back their trust."),
    ),
    "frequent-refunds": (mark("Frequent refunds"), mark("Ask what does not fit; spend less on offers here.")),
    "discount-only": (
        mark("Buy at a discount only"), mark("Used to large discounts: try gifts that protect your margin."),
    ),
    "full-price": (mark("Buy at full price"), mark("Need no discount: surprise them with an extra instead.")),
    "birthdays": (mark("Birthdays this week"), mark("Congratulate them with a gift.")),
    "birthdays-of-others": (
        mark("Birthdays of those close to them"), mark("A child, a partner, a pet: in time for a present."),
    ),
    "first-anniversary": (
        mark("A customer for a year"), mark("The first order was a year ago, this week: say thank you."),
    ),
    "cart-left": (mark("Left a cart"), mark("Put something in the cart and did not order: remind them, ask why.")),
    "viewed-only": (mark("Looked, but did not buy"), mark("Show what fits what they looked at.")),
    "hesitating": (mark("Hesitating"), mark("Look at products again and again this week: offer help, a chat.")),
    "reachable-by-email": (mark("Reachable by e-mail"), mark("Agreed to advertising, and the address works.")),
    "reachable-by-sms": (mark("Reachable by SMS"), mark("Agreed to advertising, and the number works.")),
    "agreed-not-reachable": (
        mark("Agreed, but not reachable"), mark("The e-mail address is missing or does not work: ask for a new one."),
    ),
    "readers-only": (
        mark("Read, but never bought"), mark("Open your newsletters and never ordered: an offer for the first order."),
    ),
    "by-chance": (mark("Some by chance"), mark("A share of all customers, the same ones every day: for trials.")),
}  # fmt: skip

# What a ready-made segment may ask, by the name of the place.
ASKED: Mapping[str, str] = {
    "spend": mark("Amount"), "orders": mark("Number of orders"), "share": mark("Share in per cent"),
    "days": mark("Number of days"), "followers": mark("Number of followers"), "from": mark("Amount from"),
    "mark": mark("Free shipping from"), "category": mark("Category, as your shop writes it"),
    "refunds": mark("Number of refunds"), "views": mark("Number of products viewed"),
}  # fmt: skip
