FROM staged(:at, :day)
