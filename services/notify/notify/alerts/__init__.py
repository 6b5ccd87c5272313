"""Something is in the news: each bureau owes an answer by a time."""
