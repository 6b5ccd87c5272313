"""Plain records of what a county did and has: activities, sites, posts, training, grants, indicators, people."""
