SELECT * FROM blamed(:at, :day)
