"""A family's joint case: its reports, who leads and helps, what was found, done and agreed, until it is closed."""
