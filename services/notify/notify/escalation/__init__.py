"""What nobody answers is taken to the next one: runs, each beside the message that asked."""
