"""The project's URLs and the design page, which is otherwise there only where DEBUG is on."""

from django.urls import include, path

from clinic.urls import urlpatterns as project

urlpatterns = [path("ui/", include("clinic.ui.urls")), *project]
