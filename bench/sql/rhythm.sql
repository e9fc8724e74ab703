SELECT * FROM rhythms(:at, :day)
