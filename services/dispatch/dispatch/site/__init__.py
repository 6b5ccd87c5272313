"""What every page of dispatch shares: the door, the frame, words."""
