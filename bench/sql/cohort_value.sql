WITH each AS (
    SELECT person_id, month_of(ordered_day) AS month, count(*) FILTER (counts) AS orders, sum(revenue) AS revenue
    FROM net(:at) WHERE person_id IS NOT NULL GROUP BY person_id, month_of(ordered_day)
), began AS (
    SELECT person_id, min(month) AS cohort FROM each WHERE orders > 0 GROUP BY person_id
), cells AS (
    SELECT cohort, greatest(month - cohort, 0) AS age, count(*) FILTER (orders > 0) AS active, sum(revenue) AS revenue
    FROM each JOIN began USING (person_id) GROUP BY ALL
), sums AS (
    SELECT s.cohort, a.age, s.active AS customers, sum(c.revenue) AS revenue
    FROM cells s CROSS JOIN unnest([0, 2, 5, 11, 23]) a(age) JOIN cells c ON c.cohort = s.cohort AND c.age <= a.age
    WHERE s.age = 0 AND first_day(s.cohort + a.age + 1) <= :day + 1 GROUP BY ALL
)
SELECT cohort, age::BIGINT AS age, customers, share(revenue, customers) AS revenue_per_customer FROM sums
