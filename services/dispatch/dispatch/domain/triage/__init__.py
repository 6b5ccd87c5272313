"""From the facts of a report to an outcome, a unit and clocks."""
