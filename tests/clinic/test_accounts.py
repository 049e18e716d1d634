"""Arriving: sign up, sign in, the second step, how long a sign-in lasts."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Branch, Clinic, ClinicSettings, Role, Staff, User
from clinic.staff.services import memberships_of
from clinic.tenancy.context import clinic_context
from tests.factories import UserFactory, found, member

PASSWORD = "correct horse battery staple"


@pytest.fixture
def ravi(db: None) -> User:
    user = User.objects.create_user("ravi@example.test", PASSWORD, name="Ravi")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def sign_in(client: Client, user: User, password: str = PASSWORD) -> object:
    return client.post(reverse("account_login"), {"login": user.email, "password": password})


def test_signing_up_asks_a_name_and_leads_to_naming_the_clinic(client: Client, db: None) -> None:
    asked = client.get(reverse("account_signup")).content.decode()
    assert asked.index('name="name"') < asked.index('name="email"') < asked.index('name="password1"')

    form = {"name": "Asha  Verma", "email": "Asha@Example.test", "password1": PASSWORD}
    arrived = client.post(reverse("account_signup"), form, follow=True)

    assert arrived.redirect_chain[-1][0] == reverse("clinic_new")
    assert User.objects.get(email="asha@example.test").name == "Asha Verma"


def test_an_unreachable_mail_server_does_not_stop_a_sign_up(client: Client, db: None) -> None:
    form = {"name": "Asha", "email": "asha@example.test", "password1": PASSWORD}

    with patch(
        "django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=ConnectionRefusedError
    ):
        answer = client.post(reverse("account_signup"), form)

    assert answer.status_code == 302
    assert User.objects.filter(email="asha@example.test").exists()


@pytest.mark.parametrize("password", ["short", "password1234", "123456789012345"])
def test_weak_passwords_are_refused(client: Client, db: None, password: str) -> None:
    form = {"name": "Asha", "email": "asha@example.test", "password1": password}

    client.post(reverse("account_signup"), form)

    assert not User.objects.exists()


def test_naming_a_clinic_makes_it_with_its_owner(client: Client, ravi: User) -> None:
    client.force_login(ravi)

    answer = client.post(reverse("clinic_new"), {"name": "Ravi Physio", "slug": "", "country": "GB"})

    clinic = Clinic.objects.get(slug="ravi-physio")
    assert answer.status_code == 302
    assert answer["Location"] == "/ravi-physio/today/"
    assert (clinic.time_zone, clinic.currency, clinic.country) == ("Europe/London", "GBP", "GB")
    with clinic_context(clinic.pk):
        assert Staff.objects.get().role == Role.OWNER
        assert (Branch.objects.count(), ClinicSettings.objects.count()) == (1, 1)
        assert AuditEvent.objects.get().act == "found_clinic"


def test_a_taken_address_is_refused_and_nothing_is_made(client: Client, ravi: User) -> None:
    found("asha")
    client.force_login(ravi)

    for slug in ("asha", "accounts", "Not An Address"):
        answer = client.post(reverse("clinic_new"), {"name": "New", "slug": slug, "country": "IN"})
        assert answer.status_code == 422
        assert slug in answer.content.decode()

    assert Clinic.objects.count() == 1


def test_signing_in_leads_to_the_only_clinic_or_to_the_list(client: Client, ravi: User) -> None:
    for slug in ("asha", "other"):
        clinic = found(slug)
        with clinic_context(clinic.pk):
            Staff.objects.create(user=ravi, name="Ravi", role=Role.THERAPIST)
        answer = client.get(reverse("clinics")) if sign_in(client, ravi) else None
        if slug == "asha":
            assert answer.status_code == 302
            assert answer["Location"] == "/asha/today/"

    listed = client.get(reverse("clinics")).content.decode()
    assert "/asha/today/" in listed
    assert "/other/today/" in listed
    assert [staff.clinic.slug for staff in memberships_of(ravi)] == ["asha", "other"]


@pytest.mark.parametrize("role", Role)
def test_everybody_starts_on_a_page_that_is_open_to_them(client: Client, asha: Clinic, role: Role) -> None:
    client.force_login(member(asha, role).user)

    arrived = client.get(reverse("home"), follow=True)

    assert arrived.status_code == 200
    assert arrived.redirect_chain[-1][0].startswith("/asha/")
    assert 'aria-current="page"' in arrived.content.decode()


def test_a_member_who_left_no_longer_sees_the_clinic_in_the_list(ravi: User) -> None:
    with clinic_context(found("asha").pk):
        Staff.objects.create(user=ravi, name="Ravi", role=Role.THERAPIST, is_active=False)

    assert memberships_of(ravi) == []


def test_wrong_passwords_are_slowed_down(client: Client, ravi: User) -> None:
    for _try in range(5):
        sign_in(client, ravi, "wrong password here")

    sign_in(client, ravi)  # the right one now, but too late

    assert client.get(reverse("clinics")).status_code == 302
    assert reverse("account_login") in client.get(reverse("clinics"))["Location"]


def test_a_reset_is_mailed_and_does_not_tell_who_has_an_account(client: Client, ravi: User) -> None:
    answers = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in (ravi.email, "nobody@example.test")
    ]

    assert [a["Location"] for a in answers] == [reverse("account_reset_password_done")] * 2
    assert [m.to for m in mail.outbox] == [[ravi.email], ["nobody@example.test"]]
    assert "/accounts/password/reset/key/" in mail.outbox[0].body
    assert "/accounts/password/reset/key/" not in mail.outbox[1].body


def test_the_second_step_is_asked_once_it_is_set_up(client: Client, ravi: User) -> None:
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(ravi, secret)

    asked = sign_in(client, ravi)
    assert asked["Location"] == reverse("mfa_authenticate")
    assert reverse("account_login") in client.get(reverse("clinics"))["Location"]

    code = totp.format_hotp_value(totp.hotp_value(secret, int(time.time()) // 30))
    client.post(reverse("mfa_authenticate"), {"code": code})

    assert client.get(reverse("clinics"))["Location"] == reverse("clinic_new")


def test_signing_out_asks_for_a_press_and_clears_the_browser(client: Client, ravi: User) -> None:
    client.force_login(ravi)

    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("clinic_new")).status_code == 200
    left = client.post(reverse("account_logout"))

    assert left["Clear-Site-Data"] == '"cache", "storage"'
    assert reverse("account_login") in client.get(reverse("clinic_new"))["Location"]


@pytest.mark.parametrize(
    ("requests", "ends"),
    [
        ([29 * 60, 29 * 60, 29 * 60], False),
        ([31 * 60], True),
        ([20 * 60] * 35, False),
        ([20 * 60] * 37, True),
    ],
    ids=["in use", "idle for half an hour", "11 h 40 in use", "over 12 h in use"],
)
def test_a_sign_in_ends_when_idle_and_after_twelve_hours(
    client: Client, ravi: User, requests: list[int], ends: bool
) -> None:
    client.force_login(ravi)
    client.get(reverse("clinic_new"))
    now = time.time()

    for seconds in requests:
        now += seconds
        with patch("clinic.sessions.time.time", return_value=now):
            answer = client.get(reverse("clinic_new"))

    assert answer.status_code == (302 if ends else 200)
    assert Session.objects.exists() is not ends


def test_activity_is_noted_at_most_once_a_minute(client: Client, ravi: User, queries) -> None:  # type: ignore[no-untyped-def]
    client.force_login(ravi)
    client.get(reverse("home"))

    with queries() as soon:
        client.get(reverse("home"))
    with patch("clinic.sessions.time.time", return_value=time.time() + 61), queries() as later:
        client.get(reverse("home"))

    assert soon.count == 2  # the session and the user
    assert not [sql for sql in soon.statements if "UPDATE" in sql]
    assert len([sql for sql in later.statements if "UPDATE" in sql]) == 1


def test_sessions_are_listed_and_the_others_can_be_ended(ravi: User) -> None:
    here, there = Client(), Client()
    for client in (here, there):
        sign_in(client, ravi)

    assert here.get(reverse("usersessions_list")).content.decode().count('<th scope="row">') == 2
    here.post(reverse("usersessions_list"))

    assert here.get(reverse("clinic_new")).status_code == 200
    assert there.get(reverse("clinic_new")).status_code == 302


def allauth_pages() -> list[str]:
    """Every page of allauth that a person can reach by GET without a code from a mail."""
    from clinic.urls import urlpatterns
    from tests.access_cases import names_of

    return [
        name
        for name, kwargs in names_of(urlpatterns)
        if name.startswith(("account_", "mfa_", "usersessions_")) and not kwargs
    ]


@pytest.mark.parametrize("name", allauth_pages())
@pytest.mark.parametrize("signed_in", [False, True], ids=["signed out", "signed in"])
def test_every_account_page_is_ours_and_has_nothing_inline(
    client: Client, ravi: User, name: str, signed_in: bool
) -> None:
    if signed_in:
        sign_in(client, ravi)

    answer = client.get(reverse(name))

    assert answer.status_code in {200, 302, 404, 405}, answer.status_code
    assert (
        "script-src" in answer["Content-Security-Policy"]
        or "default-src 'self'" in answer["Content-Security-Policy"]
    )
    if answer.status_code == 200 and "html" in answer["Content-Type"]:
        page = answer.content.decode()
        assert 'class="public"' in page
        assert " style=" not in page
        assert " onclick=" not in page
        assert [
            s
            for s in page.split("<script")[1:]
            if "src=" not in s.split(">")[0] and "json" not in s.split(">")[0]
        ] == []


def test_signed_in_pages_are_never_stored(client: Client, asha: Clinic) -> None:
    client.force_login(member(asha, Role.OWNER).user)

    for path in ("/asha/staff/", "/clinics/?all", reverse("account_change_password"), "/asha/nothing-here/"):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"], path
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_language_and_theme_are_remembered(client: Client, db: None) -> None:
    answer = client.post(reverse("language"), {"language": "hi", "next": "/accounts/login/"})
    assert answer["Location"] == "/accounts/login/"
    assert '<html lang="hi"' in client.get(reverse("home")).content.decode()

    client.post(reverse("language"), {"language": "en-in", "next": "https://evil.test/"})
    assert '<html lang="en-in"' in client.get(reverse("home")).content.decode()

    assert client.post(reverse("language"), {"language": "xx", "next": "//evil.test/"})["Location"] == "/"
    assert '<html lang="en-in"' in client.get(reverse("home")).content.decode()

    client.post(reverse("theme"), {"theme": "dark"})
    assert 'data-theme="dark"' in client.get(reverse("home")).content.decode()
    assert client.get(reverse("language")).status_code == 405


def test_somebody_who_is_switched_off_is_signed_out(client: Client, ravi: User) -> None:
    client.force_login(ravi)
    User.objects.filter(pk=ravi.pk).update(is_active=False)

    assert client.get(reverse("clinic_new")).status_code == 302
    assert UserFactory().is_active  # others are not
    assert timedelta(seconds=Session.objects.get().get_decoded().get("since", 0)) >= timedelta(0)


@pytest.mark.parametrize("cookie", ["abc\x00defghij", "x" * 10_000, "../../etc/passwd"])
def test_a_cookie_that_is_no_session_key_is_nobody_s(db: None, client: Client, cookie: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie

    answer = client.get("/clinics/")

    assert answer.status_code == 302
    assert "/accounts/login/" in answer.headers["Location"]
