"""What differs from country to country, as data: names of papers, registrations, taxes, codes, claims.

`profile_of` is the only way in; nothing else in the program asks which country it is.
"""

from .others import COUNTRIES
from .profile import HOME, Profile, profile_of

__all__ = ["COUNTRIES", "HOME", "Profile", "profile_of"]
