"""Every rule is one plain sentence, in four languages."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import perennial.web
from perennial.display.wording import LANGUAGES, words
from perennial.segments.rules.conditions.counted import WORDS as COUNTED
from perennial.segments.rules.conditions.counted import Counted
from perennial.segments.rules.rule import EXAMPLES, All, Either, Not, Rule, conditions, read
from perennial.web.desk.formats import formats
from perennial.web.segments.sentence import Outline, outline, sentence
from tests.segments.strategies import rules

LOCALE = Path(perennial.web.__file__).parent / "locale"
OTHERS = LANGUAGES[1:]


def said(text: str | Rule, lang: str = "en", currency: str = "EUR", **names: str) -> str:
    rule = read(text) if isinstance(text, str) else text
    told = sentence(rule, words(lang, LOCALE), formats(lang, "EUR", "UTC"), currency, names)
    return told.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


ENGLISH = {
    'spent(6 months) >= 250 and orders(5 weeks) >= 5 and not bought(category "Gift cards")': (
        "Spent at least €250.00 in the last 6 months, ordered at least 5 times in the last 5 weeks, "
        "and never bought anything of the category “Gift cards”"
    ),
    # Every operator
    "orders > 5": "Ordered more than 5 times in all",
    "orders <= 5": "Ordered at most 5 times in all (or not at all)",
    "orders < 5": "Ordered fewer than 5 times in all (or not at all)",
    "orders = 5": "Ordered exactly 5 times in all",
    "orders != 5": "Did not order exactly 5 times in all",
    "orders between 2 and 5": "Ordered between 2 and 5 times in all",
    "spent < 50": "Spent less than €50.00 in all",
    "spent != 50": "Did not spend exactly €50.00 in all",
    "spent >= 1250.5 USD": "Spent at least $1,250.50 in all",
    "spent >= 0.125": "Spent at least 0.125 EUR in all",
    "spent >= 1.5 JPY": "Spent at least 1.5 JPY in all",
    # Once, never, none
    "orders >= 1": "Ordered at least once",
    "orders > 0": "Ordered at least once",
    "orders = 1": "Ordered exactly once in all",
    "orders > 1": "Ordered more than once in all",
    "orders = 0": "Never ordered",
    "orders(1 week) < 1": "Did not order in the last week",
    "not orders >= 1": "Never ordered",
    "not orders >= 5": "Ordered fewer than 5 times in all (or not at all)",
    "not orders != 5": "Ordered exactly 5 times in all",
    "not orders between 2 and 5": "Did not order between 2 and 5 times in all",
    "not spent >= 250": "Did not spend at least €250.00 in all",
    "not spent != 250": "Spent exactly €250.00 in all",
    "not aov >= 20": "Did not spend at least €20.00 per order on average (or this is not known)",
    "viewed(1 day)": "Viewed a product today",
    "not viewed(30 days)": "Did not view a product in the last 30 days",
    "not viewed": "Never viewed a product",
    "viewed >= 1": "Viewed a product",
    'not clicked("spring", 1 year)': "Did not click a link in the message “spring” in the last year",
    # What it is narrowed to
    'bought(store "main")': "Bought something in the store “main”",
    'not bought(store "main")': "Never bought anything in the store “main”",
    'bought(product "a", product "b", category "c", store "s") >= 2': (
        "Bought the product “a” or “b” or something of the category “c” at least 2 times in the store “s”"
    ),
    'not bought(category "c") >= 2': "Bought something of the category “c” fewer than 2 times (or not at all)",
    'bought(category "c") != 2': "Did not buy something of the category “c” exactly 2 times",
    'spent(brand "Acme", 1 month) > 5': "Spent more than €5.00 on items of the brand “Acme” in the last month",
    'items(product "a", 2 years) >= 1': "Bought at least 1 item of the product “a” in the last 2 years",
    'orders(category "c") >= 2': "Ordered something of the category “c” at least 2 times in all",
    'did("quiz", category "c")': "Did “quiz” with an item of the category “c”",
    'not did("goal:review", 1 week)': "Did not write a review in the last week",
    "visited(1 week) between 2 and 3": "Visited the shop's site on between 2 and 3 days in the last week",
    # Days
    "first_order on 2026-03-01": "Made the first order on March 1, 2026",
    "not last_order after 2026-03-01": "Did not make the last order after March 1, 2026 (or this is not known)",
    "last_order within 1 day": "Made the last order today",
    "days_since(last_visit) < 7": "Made the last visit fewer than 7 days ago",
    "days_since(last_visit) != 7": "Did not make the last visit exactly 7 days ago",
    "not days_since(joined) >= 7": "Made the first contact fewer than 7 days ago (or this is not known)",
    "not days_since(joined) between 2 and 7": (
        "Did not make the first contact between 2 and 7 days ago (or this is not known)"
    ),
    "birthday in next 1 day": "Has a birthday that falls today",
    "not birthday in last 1 month": "Has no birthday that falls in the last month",
    'beneficiary("cat day") in next 1 week': (
        "Has somebody close whose yearly day “cat day” falls in the next week"
    ),
    # How a customer stands
    "not rhythm in (due, drifting, lost)": "Is not “Due now”, “Drifting” or “Lost” by their own rhythm",
    'country in ("IT", "xx", "ES")': "Lives in Italy, “xx” or Spain",
    'attribute("vip") is yes': "Has yes as “vip”",
    'not attribute("vip") in ("a", no)': "Does not have “a” or no as “vip”",
    'attribute("vip")': "Has something noted under “vip”",
    'attribute("size") between 1.5 and 2': "Has between 1.5 and 2 as “size”",
    'attribute("size") != 2': "Does not have exactly 2 as “size”",
    'not attribute("size") < 2': "Has at least 2 as “size” (or this is not known)",
    'attribute("wedding") before 2026-01-31': "Has a day as “wedding” that falls before January 31, 2026",
    "consented(email)": "Agreed to receive advertising by e-mail",
    "not reachable(post, transactional)": "Cannot be reached by post about their orders",
    'bucket("x") >= 12.5 %': "Is not among the 12.5% of customers drawn by chance for “x”",
    'not bucket("x") >= 12.5 %': "Is among the 12.5% of customers drawn by chance for “x”",
    'score("clv", high) < -2.25': "Has less than -2.25 at the upper end of the score “clv”",
    'not score("clv") != 2': "Has exactly 2 in the score “clv” (or this is not known)",
    # Ranks and sequences
    "top 1 by profit": "Is the top 1 customer by profit brought",
    'not bottom 0.5 % by opened("m", 1 year)': (
        "Is not among the bottom 0.5% of customers by number of messages opened (only of the message “m”) "
        "in the last year"
    ),
    'top 3 by did("quiz")': "Is among the top 3 customers by number of times “quiz” was done",
    'sequence(visited, orders within 1 day, not opened("m") within 2 weeks)': (
        "Visited the shop's site, then ordered within 1 day, then did not open the message “m” within 2 weeks"
    ),
    "not sequence(viewed, carted, 1 week)": (
        "Did not do this (viewed a product in the last week, then put something in the cart)"
    ),
    # Groups: what belongs together is heard
    "referred or open_ticket or viewed": (
        "Either was brought by another customer, or has an open ticket, or viewed a product"
    ),
    "viewed and (referred or open_ticket)": (
        "Viewed a product, and either was brought by another customer, or has an open ticket"
    ),
    "(referred or open_ticket) and viewed": (
        "At least one of these is true (was brought by another customer; has an open ticket), and viewed a product"
    ),
    "viewed and referred or open_ticket": (
        "Either all of these are true (viewed a product; was brought by another customer), or has an open ticket"
    ),
    "viewed and (referred or open_ticket and visited)": (
        "Viewed a product, and at least one of these is true (was brought by another customer; "
        "all of these are true (has an open ticket; visited the shop's site))"
    ),
    "not (referred or open_ticket)": (
        "None of these is true (was brought by another customer; has an open ticket)"
    ),
    "not (referred and not (viewed or open_ticket))": (
        "At least one of these is not true (was brought by another customer; "
        "none of these is true (viewed a product; has an open ticket))"
    ),
    "not (not referred)": "Was brought by another customer",
    "viewed and (referred and open_ticket)": (
        "Viewed a product, was brought by another customer, and has an open ticket"
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", ENGLISH)
def test_a_rule_is_said_as_a_merchant_would(text):
    assert said(text) == ENGLISH[text]


LOYAL = 'spent(6 months) >= 250 and orders(5 weeks) >= 5 and not bought(category "Gift cards")'
OTHER = [
    ("es", LOYAL,
     ("Ha gastado al menos 250,00 € en los últimos 6 meses, ha hecho pedidos al menos 5 veces en las últimas 5 semanas "
     "y nunca ha comprado ningún artículo de la categoría «Gift cards»")),
    ("it", LOYAL,
     ("Ha speso almeno 250,00 € negli ultimi 6 mesi, ha ordinato almeno 5 volte nelle ultime 5 settimane "
     "e non ha mai comprato nessun articolo della categoria “Gift cards”")),
    ("fr", LOYAL,
     ("A dépensé au moins 250,00 € au cours des 6 derniers mois, a commandé au moins 5 fois au cours des 5 dernières "
     "semaines et n’a jamais acheté d’article de la catégorie « Gift cards »")),
    ("es", "orders(1 day) = 0", "No ha hecho pedidos hoy"),
    ("it", "orders(1 day) = 0", "Non ha ordinato oggi"),
    ("fr", "orders(1 day) = 0", "N’a pas commandé aujourd’hui"),
    ("es", "orders >= 1 or referred",
     "O bien ha hecho pedidos al menos una vez, o bien vino por recomendación de otro cliente"),
    ("it", "orders = 1 or referred",
     ("Almeno una di queste: ha ordinato esattamente una volta in tutto, "
      "oppure arriva per raccomandazione di un altro cliente")),
    ("fr", "orders > 1 or referred",
     "Soit a commandé plus d’une fois en tout, soit vient sur recommandation d’un autre client"),
    ("es", "not (viewed(1 week) or carted)",
     ("No se cumple ninguna de estas condiciones (ha visto un producto en la última semana; "
     "ha puesto algo en el carrito)")),
    ("it", "not (viewed(1 week) or carted)",
     ("Non vale nessuna di queste condizioni (ha guardato un prodotto nell’ultima settimana; "
     "ha messo qualcosa nel carrello)")),
    ("fr", "not (viewed(1 week) or carted)",
     ("Aucune de ces conditions n’est remplie (a consulté un produit au cours de la dernière semaine ; "
     "a mis un article au panier)")),
    ("es", "days_since(last_order) between 30 and 60", "Hizo el último pedido hace entre 30 y 60 días"),
    ("it", "days_since(last_order) between 30 and 60", "Ha fatto l’ultimo ordine tra 30 e 60 giorni fa"),
    ("fr", "days_since(last_order) between 30 and 60", "A passé la dernière commande il y a entre 30 et 60 jours"),
    ("es", "last_order before 2026-03-08", "Hizo el último pedido antes del 8 de marzo de 2026"),
    ("it", "last_order before 2026-03-08", "Ha fatto l’ultimo ordine prima del giorno 8 marzo 2026"),
    ("fr", "last_order before 2026-03-08", "A passé la dernière commande avant le 8 mars 2026"),
    ("es", "top 10 % by spent(1 year)", "Está en el 10 % superior de clientes por importe gastado en el último año"),
    ("it", "top 10 % by spent(1 year)", "Rientra tra i primi clienti (10%) per importo speso nell’ultimo anno"),
    ("fr", "top 10 % by spent(1 year)",
     "Fait partie des premiers 10 % de clients selon le montant dépensé au cours de la dernière année"),
    ("es", "aov < 1250.5", "Ha gastado menos de 1.250,50 € por pedido de media"),
    ("it", "aov < 1250.5", "Ha speso in media meno di 1.250,50 € per ordine"),
    ("fr", "aov < 1250.5", "A dépensé en moyenne moins de 1 250,50 € par commande"),
    ("es", 'country in ("ES", "DE")', "Vive en España o Alemania"),
    ("it", 'not language is "fr"', "Non parla francese"),
    ("fr", 'attribute("vip") is yes', "A oui comme « vip »"),
    ("fr", 'not bought(product "a", category "c", 30 days)',
     "N’a pas acheté le produit « a » ou d’article de la catégorie « c » au cours des 30 derniers jours"),
    ("fr", 'sequence(carted, not orders within 1 day, 30 days)',
     "A mis un article au panier au cours des 30 derniers jours, puis n’a pas commandé dans un délai de 1 jour"),
    ("it", "reachable(email)", "Si può raggiungere per e-mail per la pubblicità"),
]  # fmt: skip


@pytest.mark.parametrize(("lang", "text", "told"), OTHER)
def test_in_other_languages_too(lang, text, told):
    assert said(text, lang) == told


def named(text: str) -> set[str]:
    """Words that people gave, which stay as they are."""
    return {word for name in re.findall(r'"([^"]*)"', text) for word in re.findall(r"\w+", name.lower())}


# Written alike in English and one of the others; or the key of a score, which bears no title there.
ALIKE = {
    "a", "champions", "contact", "e", "in", "link", "mail", "message", "no", "on", "per", "portugal", "score",
    "segment", "site", "sms", "usual", "gap",
}  # fmt: skip


@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("word", EXAMPLES)
def test_every_word_of_the_language_is_said_in_every_language(word, lang):
    for text in (EXAMPLES[word], f"not {EXAMPLES[word]}"):
        english, told = said(text), said(text, lang)
        assert told
        assert "%(" not in told
        assert "  " not in told
        assert told[0] == told[0].upper()
        assert told != english
        left = set(re.findall(r"[^\W\d_]+", english.lower())) & set(re.findall(r"[^\W\d_]+", told.lower()))
        assert left - named(text) - ALIKE == set(), (english, told)


def test_no_rule_and_its_opposite_are_said_alike():
    for text in (*EXAMPLES.values(), *(text for text in ENGLISH if not text.startswith("not"))):
        for lang in LANGUAGES:
            assert said(text, lang) != said(Not(of=read(text)), lang), (lang, text)


@settings(deadline=None)
@given(rules, st.sampled_from(LANGUAGES))
def test_every_rule_is_a_sentence(rule, lang):
    told = said(rule, lang)
    assert told
    assert "%(" not in told or "%(" in rule.text()
    assert told[0] == told[0].upper()
    given_names = [getattr(one, "name", None) for one in conditions(rule)]
    assert all(
        " ".join(name.split()) in " ".join(told.split()) for name in given_names if name not in (None, "birthday")
    )


@settings(deadline=None)
@given(rules, st.sampled_from(LANGUAGES))
def test_every_rule_is_a_nested_list(rule, lang):
    def leaves(line: Outline) -> int:
        assert line.sentence
        assert (line.joined is None) == (not line.children)
        return sum(map(leaves, line.children)) or 1

    def alone(part: Rule) -> int:
        match part:
            case All() | Either():
                return sum(map(alone, part.of))
            case Not():
                return alone(part.of)
        return 1

    assert leaves(outline(rule, words(lang, LOCALE), formats(lang, "EUR", "UTC"), "EUR")) == alone(rule)


def trees(leaves: tuple[str, ...]) -> list[str]:
    """Every way of joining the leaves, in their order, by and, or and not, in brackets."""
    if len(leaves) == 1:
        return [leaves[0]]
    return [
        f"{no}({left} {joined} {right})"
        for cut in range(1, len(leaves))
        for left in trees(leaves[:cut])
        for right in trees(leaves[cut:])
        for joined in ("and", "or")
        for no in ("", "not ")
    ]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_rules_that_mean_different_things_are_never_said_alike(lang):
    leaves = ("referred", "open_ticket", "viewed", "complained")
    meant: dict[str, str] = {}
    for text in trees(leaves):
        truth = re.sub("|".join(leaves), lambda found: f"v[{leaves.index(found[0])}]", text)
        table = "".join(str(int(eval(truth, {"v": v}))) for v in itertools.product((False, True), repeat=4))
        assert meant.setdefault(said(text, lang), table) == table, text
    assert len(meant) > 100


def test_a_nested_list_says_what_is_joined_how():
    rule = read("viewed and not (referred or open_ticket) and (visited or carted and not (replied and complained))")
    told = outline(rule, words("en"), formats("en", "EUR", "UTC"), "EUR")
    leaf = Outline
    assert told == Outline("All of these are true", joined="all", children=(
        leaf("Viewed a product"),
        Outline("None of these is true", joined="none", children=(
            leaf("Was brought by another customer"), leaf("Has an open ticket"),
        )),
        Outline("At least one of these is true", joined="any", children=(
            leaf("Visited the shop's site"),
            Outline("All of these are true", joined="all", children=(
                leaf("Put something in the cart"),
                Outline("At least one of these is not true", joined="not_all", children=(
                    leaf("Replied to a message"), leaf("Complained"),
                )),
            )),
        )),
    ))  # fmt: skip


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("word", [word for word in COUNTED if word not in ("bought", "did")])
def test_what_counts_without_a_comparison_is_said_too(word, lang):
    alone = Counted(kind=word)
    assert "%(" not in said(alone, lang)
    assert said(alone, lang) != said(Not(of=alone), lang)
    if lang == "en" and word == "spent":
        assert said(alone) == "Spent more than €0.00 in all"


def test_what_has_a_title_is_called_by_it():
    names = {"segment:vip": "Our best", "listed:fair": "Spring fair", "tier:gold": "Gold", "product:tea-1": "Green tea"}
    assert said('segment("vip")', **names) == "Is in the segment “Our best”"
    assert said('label("segment:vip")', **names) == "Has the label “Our best”"
    assert said('listed("fair")', **names) == "Is on the list “Spring fair”"
    assert said('label("tier:gold")', **names) == "Has the label “Gold”"
    assert said('last_product is "tea-1"', **names) == "Bought the product “Green tea” last"
    assert said('bought(product "tea-1")', **names) == "Bought the product “Green tea”"
    assert said('did("goal:review")', **{"act:goal:review": "Stars"}) == "Did “Stars”"
    assert said('segment("other")', **names) == "Is in the segment “other”"


def test_sums_are_said_in_the_currency_of_the_brand_or_their_own():
    assert said("spent >= 5", currency="USD") == "Spent at least $5.00 in all"
    assert said("spent between 5 and 1500", "es", "JPY") == "Ha gastado entre 5 JPY y 1.500 JPY en total"
    assert said("spent >= 5 EUR", currency="USD") == "Spent at least €5.00 in all"


def test_names_that_look_like_places_stay_as_they_are():
    assert said('bought(category "100 %(said)s %s")') == "Bought something of the category “100 %(said)s %s”"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("word", COUNTED)
def test_everything_counted_can_be_ranked_by(word, lang):
    name = '"quiz", ' if COUNTED[word].names == "must" else ""
    part = 'store "s", ' if word == "bought" else ""
    told = said(f"top 10 % by {word}({name}{part}2 weeks)", lang)
    assert "%(" not in told
    assert "2" in told


def test_as_many_conditions_as_a_rule_may_have_are_said():
    told = said(" and ".join(["referred"] * 500), "fr")
    assert told.count("recommandation") == 500
