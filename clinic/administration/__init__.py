"""How a clinic sets itself up: its services, branches, letterhead and numbering. For owners."""
