SELECT reason, count(*) AS customers, count(*) FILTER (too_early) AS early, sum(yearly_value) AS yearly_value,
    share(count(*), sum(count(*)) OVER ()) AS share, share(sum(yearly_value), sum(sum(yearly_value)) OVER ()) AS value_share
FROM blamed(:at, :day) GROUP BY reason
