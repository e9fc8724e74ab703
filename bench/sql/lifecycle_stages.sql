SELECT stage, count(*) AS customers, sum(revenue)::BIGINT AS revenue FROM staged(:at, :day) GROUP BY stage
