"""What the screens share: how a balance, a name or a day is shown, and the design page."""
