SELECT state, too_early, count(*) AS customers, sum(revenue)::BIGINT AS revenue, sum(yearly_value) AS yearly_value
FROM rhythms(:at, :day) GROUP BY ALL
