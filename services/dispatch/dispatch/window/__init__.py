"""The single window 集中篩派案窗口: what comes in, and what people do to it."""
