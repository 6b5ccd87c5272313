"""The figures of a county as pages, charts, maps and a monthly report: counts alone, nobody's report."""
