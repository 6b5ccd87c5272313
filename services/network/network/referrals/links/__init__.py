"""One-time links: a partner without an account answers one referral."""
