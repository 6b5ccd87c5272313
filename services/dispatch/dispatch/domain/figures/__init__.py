"""The arithmetic of figures: small counts hidden, rises found."""
