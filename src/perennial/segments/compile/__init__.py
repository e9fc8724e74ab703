"""A rule as an Ibis expression over everybody: the first evaluator, on DuckDB and Spark."""
