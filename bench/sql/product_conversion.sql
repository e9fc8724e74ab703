WITH a AS MATERIALIZED (FROM acts(:at) WHERE day > :day - 30),
both_ AS (
    SELECT product_id, person_id, browser, kind FROM a
        WHERE kind IN ('product_viewed', 'cart_added') AND product_id IS NOT NULL
    UNION ALL
    SELECT l.product_id, a.person_id, a.browser, a.kind FROM a JOIN lines l ON l.order_id = a.order_id
        WHERE a.kind = 'order_placed' AND l.kind = 'product' AND l.product_id IS NOT NULL
), p AS (
    SELECT product_id, count(*) FILTER (viewed) AS viewers, count(*) FILTER (viewed AND carted) AS carters,
        count(*) FILTER (viewed AND bought) AS viewed_buyers, count(*) FILTER (bought) AS buyers
    FROM (
        SELECT product_id, person_id, browser, bool_or(kind = 'product_viewed') AS viewed,
            bool_or(kind = 'cart_added') AS carted, bool_or(kind = 'order_placed') AS bought
        FROM both_ GROUP BY ALL
    ) GROUP BY product_id
), long AS (
    SELECT product_id, unnest(['view_to_cart', 'view_to_purchase', 'share_of_buyers']) AS rate,
        unnest([carters, viewed_buyers, buyers]) AS numerator, unnest([viewers, viewers, n]) AS denominator
    FROM p, (SELECT count(*) AS n FROM (SELECT DISTINCT person_id, browser FROM a WHERE kind = 'order_placed'))
)
SELECT *, share(numerator, denominator) AS value, wilson_low(numerator, denominator) AS low,
    wilson_high(numerator, denominator) AS high
FROM long
