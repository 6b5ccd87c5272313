"""Contacts with families, as they are kept beside their cases."""
