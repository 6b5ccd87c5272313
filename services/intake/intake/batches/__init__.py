"""Files of reports: kept sealed until every row has its answer, and never a row lost or taken twice."""
