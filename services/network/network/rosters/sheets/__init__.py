"""Families in no service, told to village chiefs: a sheet a village, confirmed and answered."""
