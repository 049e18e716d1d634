"""The bills of a clinic: found in a list, read on screen, printed, checked by whoever holds one."""

from django.urls import URLPattern, URLResolver, include, path

from . import print_views, public, views

app_name = "billing"

of_clinic: list[URLPattern | URLResolver] = [
    path("", include("billing.administration.urls")),
    path("bills/", views.bill_list, name="bill_list"),
    path("bills/<uuid:bill_id>/", views.bill_detail, name="bill_detail"),
    path("bills/<uuid:bill_id>.pdf", views.bill_pdf, name="bill_pdf"),
    path("bills/<uuid:bill_id>/print/", views.bill_print, name="bill_print"),
    path("bills/print-runs/", print_views.print_run_list, name="print_run_list"),
    path("bills/print-runs/<uuid:run_id>/", print_views.print_run, name="print_run"),
    path("bills/print-runs/<uuid:run_id>.pdf", print_views.print_run_pdf, name="print_run_pdf"),
    path(
        "bills/print-runs/<uuid:run_id>/cancellation/",
        print_views.print_run_cancellation,
        name="print_run_cancellation",
    ),
    path(
        "bills/print-runs/<uuid:run_id>/resumption/",
        print_views.print_run_resumption,
        name="print_run_resumption",
    ),
    path("visits/<uuid:visit_id>/bill/", views.visit_bill, name="visit_bill"),
]

urlpatterns = [
    path("<slug:clinic>/", include(of_clinic)),
    path("v/<slug:clinic>/<str:seal>/", public.verification, name="verification"),
]
