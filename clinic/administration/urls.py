from django.urls import path

from . import messaging_views, views, wording_views

app_name = "administration"

urlpatterns = [
    path("", views.settings, name="settings"),
    path("services/", views.service_list, name="service_list"),
    path("services/new/", views.service_new, name="service_new"),
    path("services/<uuid:service_id>/", views.service_edit, name="service_edit"),
    path("services/<uuid:service_id>/retirement/", views.service_retirement, name="service_retirement"),
    path("services/<uuid:service_id>/return/", views.service_return, name="service_return"),
    path("branches/", views.branch_list, name="branch_list"),
    path("branches/new/", views.branch_new, name="branch_new"),
    path("branches/<uuid:branch_id>/", views.branch_edit, name="branch_edit"),
    path("messages/", messaging_views.message_settings, name="message_settings"),
    path("messages/accounts/<str:channel>/", messaging_views.message_account, name="message_account"),
    path("messages/accounts/<str:channel>/switch/", messaging_views.account_switch, name="account_switch"),
    path("messages/kinds/", messaging_views.message_rules, name="message_rules"),
    path("messages/kinds/<str:kind>/<str:language>/", wording_views.wording, name="wording"),
    path(
        "messages/kinds/<str:kind>/<str:language>/preview/",
        wording_views.wording_preview,
        name="wording_preview",
    ),
    path(
        "messages/kinds/<str:kind>/<str:language>/return/",
        wording_views.wording_return,
        name="wording_return",
    ),
    path(
        "messages/kinds/<str:kind>/<str:language>/trial/", wording_views.wording_trial, name="wording_trial"
    ),
]
