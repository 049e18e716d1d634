"""Patients of one clinic; included beneath its address."""

from django.urls import path

from . import consent_views, link_views, views

app_name = "patients"

urlpatterns = [
    path("search/", views.search, name="search"),
    path("patients/", views.patient_list, name="patient_list"),
    path("patients/new/", views.patient_new, name="patient_new"),
    path("patients/<uuid:patient_id>/details/", views.patient_details, name="patient_details"),
    path("patients/<uuid:patient_id>/consent/", consent_views.consent_recording, name="consent"),
    path("patients/<uuid:patient_id>/link/", link_views.patient_link, name="patient_link"),
    path(
        "patients/<uuid:patient_id>/links/<uuid:link_id>/revoking/",
        link_views.link_revoking,
        name="link_revoking",
    ),
]
