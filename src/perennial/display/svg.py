"""From a Vega-Lite specification to a bare SVG: known elements and attributes only, colours as classes.

Specifications name colours by tokens (`INK` and so on), which are no real colours: they become classes, so
that the page's style decides them for light, dark and paper. Whatever is not listed here, a script or a
handler above all, does not reach the page. A mark's description that begins with "tip:" becomes ``data-tip``: the
numbers that a page shows when the mark is pointed at.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

INK, MUTED, GRID, PAPER = "#010101", "#020202", "#030303", "#040404"
GREEN, AMBER, RED, GREY, BLUE = "#050505", "#060606", "#070707", "#080808", "#090909"
_CLASSES = {
    INK: "ink", MUTED: "muted", GRID: "grid", PAPER: "paper",
    GREEN: "green", AMBER: "amber", RED: "red", GREY: "grey", BLUE: "blue",
}  # fmt: skip
TOKENS = {name: token for token, name in _CLASSES.items()}
_SPACE = "{http://www.w3.org/2000/svg}"
_ELEMENTS = {"svg", "g", "path", "line", "rect", "text", "tspan"}
_ATTRIBUTES = {
    "d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "width", "height", "transform", "opacity",
    "fill-opacity", "stroke-opacity", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin",
    "text-anchor", "font-size", "font-weight",
}  # fmt: skip
_TIP = "tip:"  # begins a mark's own description where it is meant to be shown; the renderer's own words never do
_LONG = re.compile(r"-?\d+\.\d{2,}")


def warm_up() -> None:
    """Start the renderer, which takes longer than all charts; it runs beside Python, so call it from a thread."""
    import vl_convert

    vl_convert.vegalite_to_svg({"data": {"values": [{}]}, "mark": "point"})


def render(spec: dict[str, Any], label: str) -> str:
    """The chart as SVG text. ``label``: what it shows, for those who do not see it."""
    import vl_convert

    root = ET.fromstring(vl_convert.vegalite_to_svg(spec))  # noqa: S314  # made by the line's own renderer
    width, height = root.get("width", "0"), root.get("height", "0")
    drawn = _clean(root)
    assert drawn is not None  # noqa: S101  # the root is an svg
    drawn.attrib.clear()
    drawn.set("viewBox", f"0 0 {width} {height}")
    drawn.set("width", width)
    drawn.set("height", height)
    drawn.set("fill", "none")  # as the renderer's own root says it for all that name no colour
    drawn.set("role", "img")
    drawn.set("aria-label", label)
    return ET.tostring(drawn, encoding="unicode")


def _clean(element: ET.Element) -> ET.Element | None:
    name = element.tag.removeprefix(_SPACE)
    if name not in _ELEMENTS or element.get("display") == "none":
        return None
    kept = ET.Element(name)
    for key, value in element.attrib.items():
        if key in _ATTRIBUTES:
            kept.set(key, _LONG.sub(lambda found: f"{float(found[0]):.1f}", value))
    told = element.get("aria-label", "")
    if told.startswith(_TIP):
        kept.set("data-tip", told.removeprefix(_TIP))
    _colour(element, kept)
    kept.text = element.text
    for child in element:
        clean = _clean(child)
        if clean is not None:
            kept.append(clean)
    if name == "g" and len(kept) == 0:
        return None
    if name == "g" and len(kept) == 1 and not kept.attrib:
        return kept[0]
    if name in {"path", "rect"} and not kept.get("class"):
        return None  # backgrounds and frames that nobody sees
    return kept


def _colour(element: ET.Element, kept: ET.Element) -> None:
    classes = []
    for part, short in (("fill", "f"), ("stroke", "s")):
        colour = element.get(part, "")
        if colour in _CLASSES:
            classes.append(f"{short}-{_CLASSES[colour]}")
        elif colour == "none" and element.tag != _SPACE + "g":
            classes.append(f"{short}-none")
    if any(not name.endswith("-none") for name in classes):
        kept.set("class", " ".join(classes))
