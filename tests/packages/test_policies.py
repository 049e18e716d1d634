from packages.management.commands.write_policies import PAGE
from packages.policies import document


def test_the_page_of_policies_is_up_to_date() -> None:
    """`manage.py write_policies` writes it."""
    assert PAGE.read_text(encoding="utf-8") == document()
