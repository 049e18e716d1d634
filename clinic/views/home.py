from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The door: people who are signed in go on to their clinic."""
    if request.user.is_authenticated:
        return redirect("clinics")
    return render(request, "clinic/home.html")
