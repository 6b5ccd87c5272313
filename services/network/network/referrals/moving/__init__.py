"""What referrals promise in working days, counted anew when a county says something of its days."""
