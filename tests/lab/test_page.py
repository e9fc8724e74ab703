"""The page: well-formed, one file, inert whatever stands in the data, readable without seeing it."""

from __future__ import annotations

import base64
import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pytest

from perennial import lab
from perennial.display.definitions import TERMS
from perennial.display.wording import LANGUAGES
from perennial.lab.report.build import build
from perennial.lab.report.gather import Found, gather
from tests.lab.conftest import page_of
from tests.lab.files import HOSTILE, made_shop, plain_rows, write_csv, write_folder
from tests.lab.html import Parsed, parsed

# What may stand in the page at all: whatever is not here needs a thought about what it can do.
ELEMENTS = {
    "html", "head", "meta", "title", "style", "body", "header", "main", "footer", "section", "div", "p", "span", "a",
    "h1", "h2", "h3", "dl", "dt", "dd", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "figure", "figcaption",
    "details", "summary", "strong", "small", "bdi", "svg", "g", "path", "rect", "line", "text",
}  # fmt: skip


def assert_harmless(page: str) -> Parsed:
    found = parsed(page)
    assert {name for name, _ in found.elements} <= ELEMENTS
    assert found.wrong == []
    assert found.around == []
    for name, attributes in found.elements:
        for key, value in attributes.items():
            assert not key.startswith("on"), (name, key)
            assert key not in ("style", "src", "srcset", "srcdoc", "action", "formaction", "background", "xlink:href")
            if key == "href":
                assert (value or "").startswith("#"), value
            assert not re.match(r"\s*(javascript|data|vbscript):", value or "", re.IGNORECASE), (name, value)
    assert not re.search(r"url\s*\(|@import|expression\s*\(", page.split("<style>", 1)[1].split("</style>", 1)[0])
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    (policy,) = [a["content"] for n, a in found.elements if n == "meta" and "http-equiv" in a]
    assert policy is not None
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';")
    assert "unsafe" not in policy
    return found


def texts(found: Parsed) -> str:
    return "\n".join(text for text, around in found.texts if "style" not in around)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_one_harmless_file(pages: dict[str, str], lang: str):
    found = assert_harmless(pages[lang])
    assert dict(found.elements)["html"]["lang"] == lang


def test_names_of_products_arrive_as_they_are(tmp_path: Path):
    for number, part in enumerate((HOSTILE[:6], HOSTILE[6:])):
        shop = lab.open(write_folder(made_shop(400, titles=part), tmp_path / str(number)))
        found = assert_harmless(build(shop))
        told = {text for text, around in found.texts if "bdi" in around}
        assert set(part) <= told


def test_customers_and_columns_of_a_file_are_harmless(tmp_path: Path):
    rows = plain_rows(60)
    # The best customers, who are listed, have the worst names.
    rows += [(f"h{n}", name, "2024-03-05", "9999.00") for n, name in enumerate(HOSTILE)]
    rows.append(("x", HOSTILE[0], "2024-02-30", "1,2,3"))
    path = write_csv(tmp_path / "<img src=x onerror=alert(1)>.csv", rows)
    for unmasked in (False, True):
        found = assert_harmless(build(lab.open(path, unmasked=unmasked)))
        assert "<img src=x onerror=alert(1)>.csv" in texts(found)
    assert set(HOSTILE) <= {text for text, around in found.texts if "bdi" in around}


def test_addresses_are_masked_and_the_page_says_so(tmp_path: Path):
    rows = [(order, f"{who}@example.com", day, amount) for order, who, day, amount in plain_rows(60)]
    page = build(lab.open(write_csv(tmp_path / "o.csv", rows)))
    assert "@example.com" not in page
    assert "…@e….com" in page
    assert "Names and addresses of customers are masked." in page


def test_it_can_be_read_without_seeing_it(pages: dict[str, str]):
    found = parsed(pages["en"])
    names = [name for name, _ in found.elements]
    assert [names.count(name) for name in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    ids = [a["id"] for _, a in found.elements if "id" in a]
    assert len(ids) == len(set(ids))
    for name, attributes in found.elements:
        if name == "section":
            assert "aria-label" in attributes or attributes["aria-labelledby"] in ids
        if name == "svg":
            assert attributes.get("aria-hidden") == "true" or (
                attributes.get("role") == "img" and len(attributes.get("aria-label") or "") > 10
            )
        if name == "th":
            assert attributes.get("scope") or "colspan" in attributes
    levels = [int(name[1]) for name in names if re.fullmatch(r"h\d", name)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_chart_has_its_numbers_in_a_table(pages: dict[str, str]):
    figures = re.findall(r"<figure>(.*?)</figure>", pages["en"], re.DOTALL)
    assert len(figures) == 7
    # The map of groups has its table beside it, the heat-map is one.
    assert sum("<table" in figure for figure in figures) == 6
    assert all(figure.count("<svg") in (0, 1, 2) for figure in figures)


def test_a_figure_says_what_it_means(pages: dict[str, str]):
    found = parsed(pages["en"])
    told = texts(found)
    assert all(name in told and meaning in told for name, meaning in TERMS.values())
    focusable = [a for n, a in found.elements if n == "span" and a.get("class") == "term"]
    assert len(focusable) > 20
    assert all(a.get("tabindex") == "0" for a in focusable)


def test_sums_say_what_they_count(found: Found, pages: dict[str, str]):
    assert "without tax" in pages["en"] or "tax is not told apart" in pages["en"]
    counted = found.shop.counting(tax=True, shipping=True)
    assert counted.treatment.tax
    assert "December 30, 2024" in pages["en"] or str(found.as_of.day)


def test_colours_are_classes_so_that_dark_and_paper_can_change_them(pages: dict[str, str]):
    svgs = "".join(re.findall(r"<svg.*?</svg>", pages["en"], re.DOTALL))
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b", svgs)
    assert 'class="f-green' in svgs
    assert "prefers-color-scheme: dark" in pages["en"]
    assert "@media print" in pages["en"]
    assert "aria-roledescription" not in svgs  # English that the renderer would speak


def test_where_the_file_lies_is_nobodys_business(found: Found, pages: dict[str, str]):
    assert str(Path(found.shop.source).parent) not in pages["en"]


def test_few_customers_give_no_rates_but_say_so(tmp_path: Path):
    rows = [(n, f"c{n % 7}", f"2024-01-{1 + n:02}", "10.00") for n in range(14)]
    page = build(lab.open(write_csv(tmp_path / "few.csv", rows)))
    assert "7 customers so far: too early to say who comes back." in page
    assert "Nearly everything: rates and groups need at least 30 customers." in page
    assert not re.search(r"Champions|Who brings the revenue|What a customer is worth", page)


def test_no_known_customer_gives_a_page_too(tmp_path: Path):
    rows = [(n, "", f"2024-01-{1 + n:02}", "10.00") for n in range(14)]
    page = build(lab.open(write_csv(tmp_path / "anonymous.csv", rows)))
    assert_harmless(page)
    assert "not one known customer" in page


def test_what_was_left_out_is_told_with_its_place(tmp_path: Path):
    rows = [*plain_rows(40), ("x1", "c1", "2024-13-45", "10.00")]
    page = build(lab.open(write_csv(tmp_path / "o.csv", rows)), "es")
    assert "1 fila omitida" in page
    assert "Una fecha no está escrita como las demás." in page
    assert "La primera, en la línea" in page


def test_a_log_that_begins_mid_life_is_told(tmp_path: Path):
    old = [(f"o{n}", f"old{n}", f"2023-01-{1 + n % 28:02}", "10.00") for n in range(120)]
    new = [(f"n{n}", f"new{n}", f"2023-{2 + n % 9:02}-10", "10.00") for n in range(180)]
    page = build(lab.open(write_csv(tmp_path / "o.csv", old + new)))
    assert "The data begins in the middle of the shop's life" in parsed_text(page)
    page = build(lab.open(write_csv(tmp_path / "p.csv", new)))
    assert "The data begins in the middle of the shop's life" not in parsed_text(page)


def parsed_text(page: str) -> str:
    return texts(parsed(page))


def test_the_page_is_the_same_every_time(found: Found, pages: dict[str, str]):
    assert page_of(gather(found.shop, found.as_of)) == pages["en"]


def test_an_unknown_language_is_refused(found: Found):
    with pytest.raises(ValueError, match="choose one of en, es, it, fr"):
        build(found.shop, "de")
