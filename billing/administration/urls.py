from django.urls import path

from . import views

urlpatterns = [
    path("settings/numbers/", views.numbering, name="numbering"),
    path("settings/branches/<uuid:branch_id>/numbers/", views.branch_numbering, name="branch_numbering"),
    path("settings/goods/", views.good_list, name="good_list"),
    path("settings/goods/new/", views.good_new, name="good_new"),
    path("settings/goods/<uuid:good_id>/", views.good_edit, name="good_edit"),
    path("settings/goods/<uuid:good_id>/retirement/", views.good_retirement, name="good_retirement"),
    path("settings/goods/<uuid:good_id>/return/", views.good_return, name="good_return"),
]
