WITH began AS (
    SELECT person_id, min(day) AS first_day FROM occasions(:at) GROUP BY person_id
), people AS (
    SELECT b.person_id, first_day, count(o.day) AS later, coalesce(sum(o.revenue), 0) AS money,
        first_day + 180 <= :day AS judged
    FROM began b LEFT JOIN occasions(:at) o
        ON o.person_id = b.person_id AND o.day > first_day AND o.day <= first_day + 180
    GROUP BY b.person_id, first_day
), sold AS (
    SELECT coalesce(c.category, '') AS name, person_id, ordered_day, counts, sold, returned FROM kept_lines(:at) k LEFT JOIN products c ON c.product_id = k.product_id
), first AS (
    SELECT DISTINCT s.name, p.person_id, later, money, judged
    FROM sold s JOIN people p ON p.person_id = s.person_id AND p.first_day = s.ordered_day WHERE s.counts
), by_name AS (
    SELECT name, count(*) AS customers, count(*) FILTER (judged) AS judged,
        count(*) FILTER (judged AND later > 0) AS repeaters, coalesce(sum(money) FILTER (judged), 0) AS money
    FROM first GROUP BY name
), pieces AS (
    SELECT name, sum(sold) AS sold, sum(returned) AS returned FROM sold GROUP BY name
), stars AS (
    SELECT coalesce(c.category, '') AS name, sum(score) AS score, count(score) AS ratings FROM ratings r LEFT JOIN products c ON c.product_id = r.product_id
    WHERE rated_at <= :at AND r.product_id IS NOT NULL GROUP BY 1
)
SELECT b.name AS category, customers, judged, repeaters, share(repeaters, judged) AS repeat_rate,
    wilson_low(repeaters, judged) AS low, wilson_high(repeaters, judged) AS high, share(money, judged) AS revenue_later,
    share(returned, sold) AS return_rate, share(score, ratings) AS rating, coalesce(ratings, 0) AS ratings,
    judged >= 30 AS enough
FROM by_name b LEFT JOIN pieces p ON p.name = b.name LEFT JOIN stars s ON s.name = b.name
