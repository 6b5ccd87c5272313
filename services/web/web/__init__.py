"""What every page and every API shares: who calls, who is signed in, and the words on screen."""
