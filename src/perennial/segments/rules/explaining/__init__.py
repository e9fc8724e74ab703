"""Why a rule holds for one person or does not: each condition with its value, and what would have to happen."""
