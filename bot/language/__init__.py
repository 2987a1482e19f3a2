"""The language of `/recordings`: read a line as a command, and write a query as a line."""
