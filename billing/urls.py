"""The bills of a clinic: found in a list, read on screen, printed."""

from django.urls import path

from . import views

app_name = "billing"
urlpatterns = [
    path("bills/", views.bill_list, name="bill_list"),
    path("bills/<uuid:bill_id>/", views.bill_detail, name="bill_detail"),
    path("bills/<uuid:bill_id>.pdf", views.bill_pdf, name="bill_pdf"),
    path("visits/<uuid:visit_id>/bill/", views.visit_bill, name="visit_bill"),
]
