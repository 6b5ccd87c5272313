"""Free cross-tabulation of cases (自由選取交叉分析): what the ministry is asked for, answered by a county itself."""
