"""Meetings (網絡會議): an agenda that writes itself, decisions that are tasks at once and are followed to the end."""
