"""Lists of customers and one customer, as pages and exports read them: indexed tables alone."""
