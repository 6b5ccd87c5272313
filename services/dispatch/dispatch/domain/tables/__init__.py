"""Decision tables: their cells, their proof, their words, and what a draft would change."""
