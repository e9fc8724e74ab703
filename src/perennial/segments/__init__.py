"""labels and memberships: the rule language, its two evaluators, explain"""
