"""Pure rules that dispatch and network share: cells, spans and working days, who is who, and what counts may show."""
