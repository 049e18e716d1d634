"""Screens and acts that need several apps. Thin: composition, no models but its own."""
