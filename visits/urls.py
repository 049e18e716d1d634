"""The diary of one clinic; included beneath its address."""

from django.urls import path

from .views import booking, closures, detail, hours, moving, series, states

app_name = "visits"

urlpatterns = [
    path("visits/new/", booking.booking, name="booking"),
    path("visits/series/new/", series.series_booking, name="series_booking"),
    path("visits/series/<uuid:series_id>/", series.series_detail, name="series_detail"),
    path("visits/walk-in/", booking.walk_in, name="walk_in"),
    path("visits/<uuid:visit_id>/", detail.visit_detail, name="visit_detail"),
    path("visits/<uuid:visit_id>/arrival/", states.arrival, name="arrival"),
    path("visits/<uuid:visit_id>/confirmation/", states.confirmation, name="confirmation"),
    path("visits/<uuid:visit_id>/move/", moving.move, name="move"),
    path("staff/<uuid:staff_id>/hours/", hours.hours, name="hours"),
    path("closures/", closures.closure_list, name="closure_list"),
    path("closures/new/", closures.closure_new, name="closure_new"),
    path("closures/<uuid:closure_id>/", closures.closure_detail, name="closure_detail"),
]
