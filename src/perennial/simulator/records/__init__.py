"""The made-up store as records: what a door would hand to facts. One file per part of the shop."""
