"""The bills of a clinic: found in a list, read on screen, printed, checked by whoever holds one."""

from django.urls import URLPattern, URLResolver, include, path

from . import public, views

app_name = "billing"

of_clinic: list[URLPattern | URLResolver] = [
    path("", include("billing.administration.urls")),
    path("bills/", views.bill_list, name="bill_list"),
    path("bills/<uuid:bill_id>/", views.bill_detail, name="bill_detail"),
    path("bills/<uuid:bill_id>.pdf", views.bill_pdf, name="bill_pdf"),
    path("bills/<uuid:bill_id>/print/", views.bill_print, name="bill_print"),
    path("visits/<uuid:visit_id>/bill/", views.visit_bill, name="visit_bill"),
]

urlpatterns = [
    path("<slug:clinic>/", include(of_clinic)),
    path("v/<slug:clinic>/<str:seal>/", public.verification, name="verification"),
]
