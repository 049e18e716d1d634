"""The page of the design system; included only where DEBUG is on."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.ui, name="ui"),
    path("desk/", views.ui_desk, name="ui_desk"),
    path("find/", views.ui_find, name="ui_find"),
]
