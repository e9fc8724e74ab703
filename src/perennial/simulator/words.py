"""Made-up names of people, streets and products, in several scripts. None belongs to anybody.

Telephone numbers come from ranges kept for fiction (Ofcom's 07700 900xxx, ARCEP's 06 39 98 xx xx, the
555-01xx of North America); mail domains are those RFC 2606 reserves.
"""

from __future__ import annotations

import unicodedata

FIRST = {
    "en": "Amelia Oliver Poppy Harry Zoë Renée Archie Freya Theo Imogen Noah Elsie Jasper Maeve Rhys Isla",
    "es": "Lucía Martín Sofía Álvaro Begoña Íñigo Núria Joaquín Inés Tadeo Aránzazu Óscar Belén Iván Ñusta Rocío",
    "it": "Giulia Niccolò Chiara Matteo Desirée Ludovica Gianluca Aurora Pietro Mirò Beatrice Noè Elia Zita Dario Èlia",
    "fr": "Chloé François Zoé Gaël Hélène Jérôme Maëlys Loïc Anaïs Côme Océane Théo Noémie Rémi Solène Benoît",
    "ar": "ليلى يوسف مريم عمر سلمى كريم هدى زياد",
    "he": "נועה איתי מאיה אורי תמר יונתן שירה דניאל",
}
LAST = {
    "en": "Ashdown Brackley Cobbett Dunmore Elsworth Farrow-Lee Garrick Hollis O'Hanlon Penhale Quill Ravenscar",
    "es": "Ibáñez Núñez Peñalver Zúñiga Echevarría Cebrián Muñiz Güell Lázaro Ordóñez Sáenz Yébenes",
    "it": "Bellucco D'Amìco Ferrandi Grimaldelli Lo Presti Montefalco Nicolò Pautasso Rossetto Sarà Zanolla",
    "fr": "Lefèvre Château-Roy Dupré d'Aubigné Garçonnet Hénaff L'Hôtelier Müllet Noël Périgault Rançon Vaïsse",
    "ar": "الهاشمي النجار الفارسي العطار السعدي المنصور",
    "he": "אלמגור ברזילי גולן דרורי הראל שקד",
}
STREETS = {
    "en": ("{n} Kestrel Lane", ("Marlow Heath", "Port Ellery", "Thornwick")),
    "es": ("Calle del Almendro, {n}", ("Villaflor del Río", "Puerto Añil", "Alcañuela")),
    "it": ("Via delle Mele {n}", ("Borgo San Nicolò", "Pietralunga Alta", "Cala Serena")),
    "fr": ("{n} rue de l'Étoile", ("Saint-Élian", "Fontclaire", "Port-aux-Pêcheurs")),
    "ar": ("{n} شارع النخيل", ("مدينة الواحة", "خور الرمل")),
    "he": ("רחוב הגפן {n}", ("קריית שקד", "נווה ים")),
}
DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.test", "inbox.invalid")
EMOJI = ("🌻", "🦊", "☕", "🧶", "🎈")
PETS = ("Mochi", "Canelo", "Biscotto", "Noisette", "Sir Purr", "Chispa 🐾")
CHILDREN = ("Lía", "Teo", "Zélie", "Bruno", "Ada", "Iñaki")

# Category path, tax in thousandths, lowest and highest price, nouns.
CATEGORIES = (
    ("Kitchen > Coffee & tea", 100, 590, 2_990, ("Café Ébène", "Té Añil", "Miscela Aurora", "Rooibos")),
    ("Kitchen > Ceramics", 210, 1_290, 6_990, ("Jarrón", "Tazza", "Assiette", "Bowl")),
    ("Home > Textiles", 210, 1_990, 11_990, ("Manta", "Cuscino", "Plaid", "Linen throw")),
    ("Home > Candles", 210, 990, 3_490, ("Bougie", "Vela", "Candela", "Wax melt")),
    ("Paper & pens", 210, 390, 4_490, ("Cuaderno", "Taccuino", "Carnet", "Fountain pen")),
    ("Pets > Dogs & cats", 210, 490, 5_990, ("Arnés", "Cuccia", "Croquettes", "Scratcher")),
    ("Children > Clothes", 210, 1_490, 5_490, ("Peto", "Maglioncino", "Marinière", "Romper")),
    ("Garden", 210, 690, 8_990, ("Maceta", "Annaffiatoio", "Sécateur", "Seed box")),
)
STYLES = (
    *("Alba", "Brisa", "Cielo", "Dorée", "Étoile", "Fresco", "Girasol", "Hélio", "Ínsula", "Jolie"),
    *("Kiwi 🥝", "Luna", "Nuvola", "Ñandú", "Olmo", "Pêche", "Quartz", "Rosé", "Siesta", "Tramonto"),
    *("Ubè", "Violette", "Wren", "Zéphyr", "نجمة"),
)
BRANDS = ("Oficio Lento", "Maison Fougère", "Bottega Nuvolari", "Wren & Quill", "Taller Ñu", "Atelier Été")


def words(text: str) -> list[str]:
    """The words of a list above ("Lo Presti" is one of them)."""
    return [word.replace("~", " ") for word in text.replace("Lo Presti", "Lo~Presti").split()]


def ascii_name(text: str) -> str:
    """``text`` as the local part of an address: small letters without accents, "" if none are left."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(sign for sign in plain.lower() if sign.isalnum())


def phone(number: int, language: str) -> str | None:
    """The fictional telephone number of the customer ``number``, in E.164; None when all are given out."""
    if language == "en" and number < 1_000:
        return f"+447700900{number:03d}"
    if language != "es" and number < 10_000:
        return f"+336399{80_000 + number:05d}"
    area, line = divmod(number, 100)
    if area < len(_AREAS):
        return f"+1{_AREAS[area]}55501{line:02d}"
    return None


# Area codes of the United States: one hundred fictional lines in each.
_AREAS = (
    *(201, 202, 203, 205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228),
    *(229, 231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 276, 281, 301, 302),
    *(303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320, 321, 323, 330, 334),
    *(336, 337, 347, 352, 360, 361, 386, 401, 402, 404, 405, 406, 407, 408, 409, 410, 412, 413, 414, 415),
    *(417, 419, 423, 425, 434, 435, 440, 443, 469, 478, 479, 480, 501, 502, 503, 504, 505, 507, 508, 509),
)
