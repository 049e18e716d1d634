"""What every refusal of a service is: one sentence the front desk can read."""


class Refused(Exception):
    """The act was not done, and nothing was written. str() is the sentence."""
