"""Early warning: places and families of which more comes than usual; each explained, owed and answered."""
