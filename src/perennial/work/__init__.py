"""Door for the clock: the loop over what is due, schedules, the table of readers, the commands."""
