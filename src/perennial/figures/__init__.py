"""The stored answers: the columnar mirror, one row of figures per customer, each computed answer with as-of."""
