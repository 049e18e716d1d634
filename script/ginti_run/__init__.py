"""How Ginti is set up and run on one machine. The set-up stage uses only the standard library."""
