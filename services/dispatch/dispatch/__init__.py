"""The single window 集中篩派案窗口: every report gets one of five outcomes, a unit and its clocks, and a reason."""
