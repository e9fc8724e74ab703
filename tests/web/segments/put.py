"""Run as a program: segments with members, sizes and a counted rule, put into the home that the environment names."""

from __future__ import annotations


def main() -> None:
    from perennial.database.start import start

    start()
    from perennial.facts.models.brands import Brand
    from perennial.figures.models import CustomerFigures
    from tests.web.segments import made

    brand = Brand.objects.get()
    people = list(CustomerFigures.objects.filter(brand_id=brand.id).order_by("-revenue").values_list("id", flat=True))
    made.saved(brand.id, "vip", "top 10 % by spent(1 year)", title="Very important", purpose="Whom we call first")
    made.saved(brand.id, "spenders", made.RULE, title="Spenders of the last half year")
    made.filled(brand.id, "vip", people[:63])
    made.filled(brand.id, "spenders", people[:120])
    for id_ in people[:3]:
        made.left(brand.id, "spenders", id_)
    made.days(brand.id, "spenders", [80 + (n * 7919) % 23 + n // 2 for n in range(90)], brand.zone)
    made.days(brand.id, "vip", [60] * 40, brand.zone)
    made.saved(
        brand.id, "idea", 'rhythm in (drifting, lost) and not segment("vip")', title="To win back", state="draft"
    )
    overlap = [{"segment": "vip", "members": 63, "both": 63}]
    made.counted(brand.id, made.RULE, made.found(117, len(people), tuple(people[:12]), overlap=overlap))


if __name__ == "__main__":
    main()
