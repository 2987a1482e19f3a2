"""What the bot does, one verb a file, over the ports: no library is known here."""
