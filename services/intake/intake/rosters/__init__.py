"""Rosters: lists of people whose families may carry too much, kept apart from reports and told to network."""
