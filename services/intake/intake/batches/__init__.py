"""Files of reports: kept sealed until every row has its answer; no row is lost or taken twice."""
