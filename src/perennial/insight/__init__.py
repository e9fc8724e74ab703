"""What it means: rfm, rhythm, cohorts, clv, conversion, baskets, lift. Tables in, tables out; no Django."""
