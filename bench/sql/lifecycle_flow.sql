SELECT coalesce(b.stage, '') AS before, n.stage, count(*) AS customers, sum(n.revenue)::BIGINT AS revenue
FROM staged(:at, :day) n LEFT JOIN staged(:at - 30 * 86400000000::BIGINT, :day - 30) b ON b.person_id = n.person_id
GROUP BY ALL
