"""Who may see and do what: staff, roles, sign-in, keys, and the log of what was changed by whom."""
