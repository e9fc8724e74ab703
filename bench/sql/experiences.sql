SELECT * FROM experienced(:at, :day)
