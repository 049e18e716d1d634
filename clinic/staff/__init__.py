"""Who works in a clinic: inviting, roles, leaving."""
