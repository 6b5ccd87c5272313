"""Where partner agencies post reports: a report answered with 202 is durable, and every report is provable."""
