"""One report: what came, what was found, what people said of it."""
