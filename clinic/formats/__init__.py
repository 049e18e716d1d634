"""How dates, times and figures are written, where Django's own formats differ from the clinic's."""
