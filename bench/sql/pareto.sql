WITH each AS (
    SELECT person_id, sum(revenue) AS revenue, sum(profit) AS profit
    FROM net_profit(:at) WHERE person_id IS NOT NULL GROUP BY person_id HAVING count(*) FILTER (counts) > 0
), r AS (
    SELECT (row_number() OVER (ORDER BY revenue DESC, person_id) - 1) * 100 // count(*) OVER () + 1 AS percent, revenue
    FROM each
), p AS (
    SELECT (row_number() OVER (ORDER BY profit DESC, person_id) - 1) * 100 // count(*) OVER () + 1 AS percent, profit
    FROM each WHERE profit IS NOT NULL
), steps AS (
    SELECT percent, coalesce(r.n, 0) AS n, coalesce(r.money, 0) AS money, p.n AS pn, p.money AS pmoney
    FROM (SELECT unnest(range(1, 101)) AS percent) s
    LEFT JOIN (SELECT percent, count(*) AS n, sum(revenue) AS money FROM r GROUP BY percent) r USING (percent)
    LEFT JOIN (SELECT percent, count(*) AS n, sum(profit) AS money FROM p GROUP BY percent) p USING (percent)
)
SELECT percent, sum(n) OVER w ::BIGINT AS customers, sum(money) OVER w ::BIGINT AS revenue,
    sum(pn) OVER w ::BIGINT AS costed_customers, sum(pmoney) OVER w ::BIGINT AS profit,
    share(sum(money) OVER w, sum(money) OVER ()) AS revenue_share,
    share(sum(pmoney) OVER w, sum(pmoney) OVER ()) AS profit_share
FROM steps WINDOW w AS (ORDER BY percent)
