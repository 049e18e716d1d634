from django.urls import path

from .views import account, links, money_back, patient_pays, upi_code, webhook

urlpatterns = [
    path("<slug:clinic>/patients/<uuid:patient_id>/upi/", upi_code.patient_upi, name="patient_upi"),
    path("<slug:clinic>/bills/<uuid:bill_id>/upi/", upi_code.bill_upi, name="bill_upi"),
    path("<slug:clinic>/payment-links/", links.payment_links, name="payment_links"),
    path(
        "<slug:clinic>/patients/<uuid:patient_id>/payment-links/",
        links.payment_link_new,
        name="payment_link_new",
    ),
    path("<slug:clinic>/payment-links/<uuid:payment_link_id>/", links.payment_link, name="payment_link"),
    path(
        "<slug:clinic>/payment-links/<uuid:payment_link_id>/sending/",
        links.payment_link_sending,
        name="payment_link_sending",
    ),
    path(
        "<slug:clinic>/payment-links/<uuid:payment_link_id>/cancellation/",
        links.payment_link_cancellation,
        name="payment_link_cancellation",
    ),
    path(
        "<slug:clinic>/payment-links/<uuid:payment_link_id>/refunds/",
        money_back.payment_link_refund,
        name="payment_link_refund",
    ),
    path(
        "<slug:clinic>/payment-links/questions/<uuid:question_id>/answer/",
        money_back.gateway_answer,
        name="gateway_answer",
    ),
    path("<slug:clinic>/settings/online-payments/", account.gateway_settings, name="gateway_settings"),
    path("<slug:clinic>/settings/online-payments/test/", account.gateway_test, name="gateway_test"),
    path("<slug:clinic>/settings/online-payments/off/", account.gateway_off, name="gateway_off"),
    path("gateways/razorpay/<slug:clinic>/", webhook.webhook, name="gateway_webhook"),
    path(
        "gateways/razorpay/<slug:clinic>/payments/<uuid:payment_link_id>/",
        patient_pays.payment_return,
        name="payment_return",
    ),
    path("p/<slug:clinic>/<str:token>/payment/", patient_pays.portal_payment, name="portal_payment"),
]
