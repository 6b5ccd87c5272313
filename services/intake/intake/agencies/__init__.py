"""Onboarding of agencies: who may post, with keys that are shown once, rotated and withdrawn."""
