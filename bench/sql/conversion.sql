WITH a AS MATERIALIZED (SELECT *, month_of(day) AS month FROM acts(:at)),
m AS (
    SELECT month, count(*) AS visitors, count(*) FILTER (viewed) AS viewers, count(*) FILTER (placed) AS buyers
    FROM (
        SELECT month, person_id, browser, bool_or(kind = 'product_viewed') AS viewed, bool_or(kind = 'order_placed') AS placed
        FROM a GROUP BY ALL
    ) GROUP BY month
), o AS (
    SELECT month, count(DISTINCT order_id) + count(*) FILTER (order_id IS NULL) AS orders
    FROM a WHERE kind = 'order_placed' GROUP BY month
), long AS (
    SELECT m.month, unnest(['visitor_conversion', 'macro']) AS rate, unnest([buyers, coalesce(orders, 0)]) AS numerator,
        unnest([visitors, viewers]) AS denominator
    FROM m LEFT JOIN o ON o.month = m.month
)
SELECT *, share(numerator, denominator) AS value, wilson_low(numerator, denominator) AS low,
    wilson_high(numerator, denominator) AS high
FROM long
