"""Believable data: the same seed gives the same clinic. Everything goes through the services, guards on."""
