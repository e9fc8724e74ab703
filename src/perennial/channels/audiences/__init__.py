"""Segments kept in step with lists at mailing services: members, their fields and a tag; nobody is contacted."""
