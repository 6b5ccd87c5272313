"""Who offers what, where, with room (資源名冊): kept by keepers, true because somebody looks again."""
