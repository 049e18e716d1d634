"""Pages outside of a clinic: where one arrives, signs up, joins, and what machines ask."""
