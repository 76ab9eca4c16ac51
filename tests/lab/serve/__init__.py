"""The frame of every stand-in: a loopback HTTPS server with its own CA, a script of faults and a journal."""
