"""A calendar of when somebody is on call, for their own calendar program."""
