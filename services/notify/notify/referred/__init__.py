"""Referrals that a group is asked: answered by a press, and over by whatever channel the answer came."""
