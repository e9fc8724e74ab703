"""The mirrored tables of people and what they do: opaque numbers, no names, addresses or free text. Pure data."""

from __future__ import annotations

from perennial.figures.rules.mirrored import Mirrored

CUSTOMERS = Mirrored(
    "customers",
    source="""
        SELECT c.id AS customer_id, c.store_id, c.created_at, c.created_day, c.country, c.locale, c.acquired_by
        FROM customer c WHERE {chosen}""",
    by_customer="c.brand_id = {brand} AND c.id IN ({ids})",
    by_id="c.brand_id = {brand} AND c.id > {after} ORDER BY c.id LIMIT {limit}",
    shape="""
        SELECT * REPLACE (nullif(country, '') AS country, nullif(locale, '') AS locale,
            nullif(acquired_by, '') AS acquired_by)
        FROM raw""",
    order="customer_id",
)

ALIASES = Mirrored(
    "aliases",
    source="SELECT a.id AS customer_id, a.person_id, a.confirmed FROM alias a WHERE {chosen}",
    by_customer="a.brand_id = {brand} AND a.id IN ({ids})",
    by_id="a.brand_id = {brand} AND a.id > {after} ORDER BY a.id LIMIT {limit}",
    shape="SELECT * FROM raw",
    order="customer_id",
)

# Whose a visit is: the last sighting's at or before it; before the first sighting, the first's. Sightings of
# one customer in a row are one interval. Merges need no new intervals: aliases are applied by the reader.
VISITORS = Mirrored(
    "visitors",
    source="SELECT s.id, s.visitor_id, s.customer_id, s.at FROM sighting s WHERE {chosen}",
    by_customer="""s.brand_id = {brand} AND s.visitor_id IN
        (SELECT visitor_id FROM sighting WHERE brand_id = {brand} AND customer_id IN ({ids}))""",
    by_id="s.brand_id = {brand} AND s.id > {after} ORDER BY s.id LIMIT {limit}",
    shape="""
        WITH last_at AS (
            SELECT visitor_id, "at", arg_max(customer_id, id) AS customer_id FROM raw GROUP BY visitor_id, "at"
        ), changes AS (
            SELECT *, lag(customer_id) OVER one AS before FROM last_at
            WINDOW one AS (PARTITION BY visitor_id ORDER BY "at")
        )
        SELECT visitor_id, customer_id,
            CASE WHEN before IS NULL THEN -9223372036854775808 ELSE "at" END AS from_at,
            lead("at", 1, 9223372036854775807) OVER (PARTITION BY visitor_id ORDER BY "at") AS to_at
        FROM changes WHERE before IS DISTINCT FROM customer_id""",
    order="visitor_id, from_at",
)

BEHAVIOUR = Mirrored(
    "behaviour",
    source="""
        SELECT b.id, b.visitor_id, b.customer_id, b.store_id, b.kind, b.product_id, b.order_id, b.at, b.day,
            b.value
        FROM behaviour b WHERE {chosen}""",
    # What somebody did before they were known, too: by the browsers in which they were seen.
    # Each half names the brand in words of its own, so that each is found by its own index: what both have in common
    # SQLite takes out, and then reads all of the brand's.
    by_customer="""((b.brand_id = {brand} AND b.customer_id IN ({ids})) OR (b.brand_id IN ({brand})
        AND b.customer_id IS NULL AND b.visitor_id IN
        (SELECT visitor_id FROM sighting WHERE brand_id = {brand} AND customer_id IN ({ids}))))""",
    by_id="b.month = {month} AND b.brand_id = {brand} AND b.id > {after} ORDER BY b.id LIMIT {limit}",
    days=("behaviour", "month"),
    shape="SELECT * FROM raw",
    order='"at", id',
)

TICKETS = Mirrored(
    "tickets",
    source="""
        SELECT t.id AS ticket_id, t.customer_id, t.store_id, t.order_id, t.channel, t.topic, t.complaint,
            t.opened_at, t.opened_day, t.responded_at, t.resolved_at, t.satisfaction
        FROM {chosen}""",
    by_day="ticket t WHERE t.brand_id = {brand} AND t.opened_day BETWEEN {first} AND {last}",
    by_customer="ticket t WHERE t.brand_id = {brand} AND t.customer_id IN ({ids})",
    days=("ticket", "opened_day"),
    shape="SELECT * REPLACE (nullif(channel, '') AS channel, nullif(topic, '') AS topic) FROM raw",
    order="opened_at, ticket_id",
)

RATINGS = Mirrored(
    "ratings",
    source="""
        SELECT r.id AS rating_id, r.customer_id, r.store_id, r.order_id, r.product_id, r.rated_at,
            r.rated_day, r.score
        FROM {chosen}""",
    by_day="rating r WHERE r.brand_id = {brand} AND r.rated_day BETWEEN {first} AND {last}",
    by_customer="rating r WHERE r.brand_id = {brand} AND r.customer_id IN ({ids})",
    days=("rating", "rated_day"),
    shape="SELECT * FROM raw",
    order="rated_at, rating_id",
)

# An article costs what its cheapest variant on sale does, in the newest exchange rate.
PRODUCTS = Mirrored(
    "products",
    source="""
        SELECT p.id AS product_id, p.store_id, p.title, p.maker, p.category, p.hidden,
            (SELECT v.price FROM variant v WHERE v.brand_id = p.brand_id AND v.product_id = p.id
                AND NOT v.removed AND v.price IS NOT NULL ORDER BY v.price, v.id LIMIT 1) AS price,
            (SELECT v.cost FROM variant v WHERE v.brand_id = p.brand_id AND v.product_id = p.id
                AND NOT v.removed AND v.price IS NOT NULL ORDER BY v.price, v.id LIMIT 1) AS cost,
            CASE WHEN p.currency = '' OR p.currency = b.currency THEN 1000000000000 ELSE
                (SELECT e.rate_e12 FROM exchange_rate e WHERE e.brand_id = p.brand_id
                    AND e.currency = p.currency ORDER BY e.day DESC LIMIT 1) END AS rate_e12
        FROM brand b CROSS JOIN product p WHERE b.id = {brand} AND {chosen}""",
    # The signs before columns keep SQLite from the brand's other products and lines.
    by_customer="""+p.brand_id = {brand} AND p.id IN (
        SELECT l.product_id FROM "order" o CROSS JOIN line l
            WHERE l.brand_id = o.brand_id AND l.order_id = o.id AND o.brand_id = {brand} AND o.customer_id IN ({ids})
        UNION SELECT b.product_id FROM behaviour b WHERE b.brand_id = {brand} AND b.customer_id IN ({ids})
        UNION SELECT b.product_id FROM behaviour b WHERE b.brand_id = {brand} AND b.customer_id IS NULL
            AND b.visitor_id IN
            (SELECT visitor_id FROM sighting WHERE brand_id = {brand} AND customer_id IN ({ids})))""",
    by_id="p.brand_id = {brand} AND p.id > {after} ORDER BY p.id LIMIT {limit}",
    shape="""
        SELECT product_id, store_id, nullif(title, '') AS title, nullif(maker, '') AS brand,
            nullif(category, '') AS category, converted(price, rate_e12) AS price,
            converted(cost, rate_e12) AS cost, hidden
        FROM raw""",
    order="product_id",
)

# Converted as orders are: by the last rate of the 31 days before.
SPEND = Mirrored(
    "spend",
    source="""
        SELECT s.id, s.store_id, s.day, s.channel, s.campaign, s.amount,
            CASE WHEN s.currency = b.currency THEN 1000000000000 ELSE
                (SELECT e.rate_e12 FROM exchange_rate e WHERE e.brand_id = s.brand_id
                    AND e.currency = s.currency AND e.day BETWEEN s.day - 31 AND s.day
                    ORDER BY e.day DESC LIMIT 1)
            END AS rate_e12
        FROM brand b CROSS JOIN {chosen} AND b.id = {brand}""",
    by_day="spend s WHERE s.brand_id = {brand} AND s.day BETWEEN {first} AND {last}",
    days=("spend", "day"),
    shape="""
        SELECT * REPLACE (nullif(campaign, '') AS campaign, converted(amount, rate_e12) AS amount) FROM raw""",
    order="day, channel, campaign, id",
)

PEOPLE = (CUSTOMERS, ALIASES, VISITORS, BEHAVIOUR, TICKETS, RATINGS, PRODUCTS, SPEND)
