"""The diary of one clinic; included beneath its address."""

from django.urls import path

from .views import booking, detail, moving, states

app_name = "visits"

urlpatterns = [
    path("visits/new/", booking.booking, name="booking"),
    path("visits/walk-in/", booking.walk_in, name="walk_in"),
    path("visits/<uuid:visit_id>/", detail.visit_detail, name="visit_detail"),
    path("visits/<uuid:visit_id>/arrival/", states.arrival, name="arrival"),
    path("visits/<uuid:visit_id>/move/", moving.move, name="move"),
]
