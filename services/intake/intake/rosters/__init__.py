"""Rosters: lists of people whose families may be overburdened, kept apart from reports and published to network."""
