"""The minimal signal: a purpose-bound question on the spot, five answers, whom to call; every answer is on record."""
