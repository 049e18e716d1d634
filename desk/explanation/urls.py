"""Where the explanations and statements are; included by desk.urls, whose names they bear."""

from django.urls import path

from ..views import explanation, statement

A_PACKAGE, A_PATIENT = "<slug:clinic>/packages/<uuid:package_id>", "<slug:clinic>/patients/<uuid:patient_id>"

urlpatterns = [
    path(f"{A_PACKAGE}/explanation/", explanation.package_explanation, name="package_explanation"),
    path(f"{A_PACKAGE}/statement/", statement.package_statement, name="package_statement"),
    path(f"{A_PACKAGE}/statement.pdf", statement.package_statement_pdf, name="package_statement_pdf"),
    path(f"{A_PATIENT}/explanation/", explanation.patient_explanation, name="patient_explanation"),
    path(f"{A_PATIENT}/statement/", statement.patient_statement, name="patient_statement"),
    path(f"{A_PATIENT}/statement.pdf", statement.patient_statement_pdf, name="patient_statement_pdf"),
]
