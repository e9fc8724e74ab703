WITH days AS (
    SELECT person_id, ordered_day AS day, count(*) FILTER (counts) > 0 AS counts, sum(revenue) AS revenue
    FROM net(:at) WHERE person_id IS NOT NULL GROUP BY person_id, ordered_day
), followed AS (
    SELECT person_id, day, count(*) FILTER (counts) OVER later AS later, sum(revenue) OVER later AS money,
        coalesce(max(day) FILTER (counts) OVER (PARTITION BY person_id), 0) <= day + 30 AS silent
    FROM days
    WINDOW later AS (PARTITION BY person_id ORDER BY day RANGE BETWEEN 31 FOLLOWING AND 120 FOLLOWING)
), judged AS (FROM followed WHERE day + 120 <= :day),
seen AS (
    SELECT j.person_id, j.day, list_distinct(list(e.kind)) AS kinds
    FROM judged j JOIN experienced(:at, :day) e ON e.person_id = j.person_id AND e.day BETWEEN j.day AND j.day + 30
    GROUP BY j.person_id, j.day
), each AS (
    SELECT j.*, unnest(CASE WHEN kinds IS NULL THEN ['none', 'all'] WHEN kinds = ['good'] THEN ['good', 'all']
        ELSE list_concat(list_filter(kinds, lambda k: k <> 'good'), ['bad', 'all']) END) AS experience
    FROM judged j LEFT JOIN seen s ON s.person_id = j.person_id AND s.day = j.day
), sums AS (
    SELECT experience, count(*) AS occasions, count(DISTINCT person_id) AS customers,
        count(*) FILTER (later > 0) AS came_back, count(*) FILTER (silent) AS silent, coalesce(sum(money), 0) AS money
    FROM each GROUP BY experience
)
SELECT experience, occasions, customers, came_back, silent, share(came_back, occasions) AS repeat_rate,
    wilson_low(came_back, occasions) AS low, wilson_high(came_back, occasions) AS high,
    share(silent, occasions) AS silent_rate, share(money, occasions) AS revenue_later
FROM sums
