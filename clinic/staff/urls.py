from django.urls import path

from . import views

app_name = "staff"

urlpatterns = [
    path("", views.staff_list, name="staff_list"),
    path("new/", views.staff_new, name="staff_new"),
    path("invitations/", views.invitations, name="invitations"),
    path("invitations/<uuid:invitation_id>/revocation/", views.revocation, name="revocation"),
    path("<uuid:staff_id>/", views.staff_edit, name="staff_edit"),
    path("<uuid:staff_id>/deactivation/", views.deactivation, name="deactivation"),
    path("<uuid:staff_id>/return/", views.return_, name="return"),
]
