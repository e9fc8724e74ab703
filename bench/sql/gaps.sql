SELECT * FROM all_gaps(:at)
