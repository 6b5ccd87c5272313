"""The duty officers' live board: sign-in, page, and the stream that keeps it true."""
