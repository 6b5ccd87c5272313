"""Who uncovered what: ids and the reader's name, nobody else's."""
