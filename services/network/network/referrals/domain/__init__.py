"""Pure rules of referrals."""
