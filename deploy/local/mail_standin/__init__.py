"""A county's mail server for one machine: it takes every message and shows it on a page, and sends nothing on."""
