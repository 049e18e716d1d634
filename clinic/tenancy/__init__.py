"""One clinic never sees another: row-level security, composite keys and a manager that insists on a clinic."""
