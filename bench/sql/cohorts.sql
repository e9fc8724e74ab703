WITH each AS (
    SELECT person_id, month_of(ordered_day) AS month, count(*) FILTER (counts) AS orders, sum(revenue) AS revenue
    FROM net(:at) WHERE person_id IS NOT NULL GROUP BY person_id, month_of(ordered_day)
), began AS (
    SELECT person_id, min(month) AS cohort FROM each WHERE orders > 0 GROUP BY person_id
), cells AS (
    SELECT cohort, greatest(month - cohort, 0) AS age, count(*) FILTER (orders > 0) AS active, sum(orders) AS orders,
        sum(revenue) AS revenue
    FROM each JOIN began USING (person_id) GROUP BY ALL
), grid AS (
    SELECT cohort, active AS customers, unnest(range(month_of(:day) - cohort + 1)) AS age FROM cells WHERE age = 0
), rows AS (
    SELECT g.cohort, g.age, customers, coalesce(active, 0) AS active, coalesce(orders, 0)::BIGINT AS orders,
        coalesce(revenue, 0)::BIGINT AS revenue,
        sum(coalesce(revenue, 0)) OVER (PARTITION BY g.cohort ORDER BY g.age)::BIGINT AS cumulative_revenue
    FROM grid g LEFT JOIN cells c ON c.cohort = g.cohort AND c.age = g.age
)
SELECT *, share(active, customers) AS rate, share(cumulative_revenue, customers) AS revenue_per_customer,
    first_day(cohort + age + 1) <= :day + 1 AS complete
FROM rows
