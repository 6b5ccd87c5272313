"""What is told together: digests of the day, storms of cards, one event in one group."""
