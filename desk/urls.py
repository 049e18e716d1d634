from django.urls import path

from .views import completion, patient_file, payment, reopening, sale, today

app_name = "desk"

urlpatterns = [
    path("<slug:clinic>/today/", today.today, name="today"),
    path("<slug:clinic>/visits/<uuid:visit_id>/completion/", completion.completion, name="completion"),
    path("<slug:clinic>/visits/<uuid:visit_id>/reopening/", reopening.reopening, name="reopening"),
    path("<slug:clinic>/patients/<uuid:patient_id>/", patient_file.patient_file, name="patient_file"),
    path("<slug:clinic>/patients/<uuid:patient_id>/sale/", sale.sale, name="sale"),
    path("<slug:clinic>/patients/<uuid:patient_id>/payments/", payment.payment, name="payment"),
]
