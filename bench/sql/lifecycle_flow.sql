SELECT coalesce(b.stage, '') AS before, n.stage, count(*) AS customers, sum(n.revenue)::BIGINT AS revenue FROM (
WITH g AS (FROM all_gaps((:at))),
dormant AS (SELECT quantile_disc(gap, 0.95) AS d FROM g),
own AS (
    SELECT person_id, arg_max(gap, day) AS last_gap, count(*) AS gaps, count(*) FILTER (gap > d) AS long_gaps
    FROM g, dormant GROUP BY person_id
), r AS (FROM rhythms((:at), (:day)))
SELECT r.person_id, occasions, first_day, last_day, days_since_last_order, last_gap, revenue,
    CASE WHEN state IN ('lost', 'drifting') THEN state
        WHEN last_gap > d AND (gaps = 1 OR long_gaps * 2 <= gaps) THEN 'won_back'
        WHEN occasions = 1 THEN 'new' WHEN occasions >= 4 THEN 'loyal' ELSE 'active' END AS stage
FROM r LEFT JOIN own ON own.person_id = r.person_id, dormant
UNION ALL
SELECT DISTINCT coalesce(a.person_id, c.customer_id), 0, NULL, NULL, NULL, NULL, 0, 'prospect'
FROM customers c LEFT JOIN aliases a ON a.customer_id = c.customer_id
WHERE coalesce(created_at, 0) <= (:at) AND coalesce(a.person_id, c.customer_id) NOT IN (SELECT person_id FROM r)
) n LEFT JOIN (
WITH g AS (FROM all_gaps((:at - 30 * 86400000000::BIGINT))),
dormant AS (SELECT quantile_disc(gap, 0.95) AS d FROM g),
own AS (
    SELECT person_id, arg_max(gap, day) AS last_gap, count(*) AS gaps, count(*) FILTER (gap > d) AS long_gaps
    FROM g, dormant GROUP BY person_id
), r AS (FROM rhythms((:at - 30 * 86400000000::BIGINT), (:day - 30)))
SELECT r.person_id, occasions, first_day, last_day, days_since_last_order, last_gap, revenue,
    CASE WHEN state IN ('lost', 'drifting') THEN state
        WHEN last_gap > d AND (gaps = 1 OR long_gaps * 2 <= gaps) THEN 'won_back'
        WHEN occasions = 1 THEN 'new' WHEN occasions >= 4 THEN 'loyal' ELSE 'active' END AS stage
FROM r LEFT JOIN own ON own.person_id = r.person_id, dormant
UNION ALL
SELECT DISTINCT coalesce(a.person_id, c.customer_id), 0, NULL, NULL, NULL, NULL, 0, 'prospect'
FROM customers c LEFT JOIN aliases a ON a.customer_id = c.customer_id
WHERE coalesce(created_at, 0) <= (:at - 30 * 86400000000::BIGINT) AND coalesce(a.person_id, c.customer_id) NOT IN (SELECT person_id FROM r)
) b ON b.person_id = n.person_id GROUP BY ALL
