SELECT left_month AS month, reason, count(*) AS customers, sum(yearly_value) AS yearly_value,
    share(count(*), sum(count(*)) OVER (PARTITION BY left_month)) AS share
FROM blamed(:at, :day) GROUP BY left_month, reason
