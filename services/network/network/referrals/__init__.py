"""Referrals (轉介): sent, answered, begun, done, and confirmed by the person; silence is somebody's by a date."""
