from django.urls import path

from . import views

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
]
