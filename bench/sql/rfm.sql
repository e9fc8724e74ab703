WITH each AS (
    SELECT person_id, greatest(:day - last_day, 0) AS days_since_last_order, orders, revenue, last_day FROM buyers(:at)
), cuts AS (
    SELECT quantile_disc(days_since_last_order, [0.2, 0.4, 0.6, 0.8]) AS rc, quantile_disc(orders, [0.2, 0.4, 0.6, 0.8]) AS fc,
        quantile_disc(revenue, [0.2, 0.4, 0.6, 0.8]) AS mc
    FROM each
), scored AS (
    SELECT e.*,
        5 - ((days_since_last_order > rc[1])::BIGINT + (days_since_last_order > rc[2])::BIGINT
            + (days_since_last_order > rc[3])::BIGINT + (days_since_last_order > rc[4])::BIGINT) AS r,
        1 + (orders > fc[1])::BIGINT + (orders > fc[2])::BIGINT + (orders > fc[3])::BIGINT + (orders > fc[4])::BIGINT AS f,
        1 + (revenue > mc[1])::BIGINT + (revenue > mc[2])::BIGINT + (revenue > mc[3])::BIGINT
            + (revenue > mc[4])::BIGINT AS m
    FROM each e, cuts
)
SELECT *, 100 * r + 10 * f + m AS code, (CASE r
    WHEN 3 THEN ['needs_attention', 'needs_attention', 'needs_attention', 'loyal', 'loyal']
    WHEN 2 THEN ['hibernating', 'hibernating', 'at_risk', 'at_risk', 'cannot_lose']
    WHEN 1 THEN ['lost', 'lost', 'hibernating', 'at_risk', 'cannot_lose']
    ELSE ['new', 'promising', 'promising', 'loyal', 'champions'] END)[(f + m + 1) // 2] AS "group"
FROM scored
