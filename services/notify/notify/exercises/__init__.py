"""A communication test: does every channel reach whom it should, and who answers how fast."""
