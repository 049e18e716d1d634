"""The list of what people can do. Every name stands in clinic.access too, or its page is closed."""

from django.conf import settings
from django.urls import include, path

from clinic.ui.theme import theme

from .views import clinics, errors, health, home, hooks, invitation, language

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.page_not_found
handler500 = errors.server_error

urlpatterns = [
    path("", home.home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("language/", language.language, name="language"),
    path("theme/", theme, name="theme"),
    path("accounts/", include("allauth.urls")),
    path("clinics/", clinics.clinics, name="clinics"),
    path("clinics/new/", clinics.clinic_new, name="clinic_new"),
    path("invitations/<slug:clinic>/<str:token>/", invitation.invitation, name="invitation"),
    path("hooks/<slug:clinic>/whatsapp/", hooks.whatsapp, name="hook_whatsapp"),
    path("hooks/<slug:clinic>/sms/<str:secret>/", hooks.sms, name="hook_sms"),
    path("<slug:clinic>/staff/", include("clinic.staff.urls")),
    path("<slug:clinic>/settings/", include("clinic.administration.urls")),
    path("<slug:clinic>/", include("clinic.patients.urls")),
    path("", include("desk.urls")),
    path("", include("packages.urls")),
    path("<slug:clinic>/", include("visits.urls")),
    path("", include("billing.urls")),
    # Each app adds its own line here.
]
if settings.DEBUG:
    urlpatterns.insert(0, path("ui/", include("clinic.ui.urls")))
