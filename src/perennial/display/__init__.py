"""how answers look: numbers, money and days by language, words and their translations, charts."""
