"""What each customer will do: purchase and spend models fitted on grouped histories. Needs numpy and scipy."""
