"""Where a person is known: by keys that say nothing of anybody, kept with the sources, erased with their data keys."""
