from decimal import Decimal

from factory.django import DjangoModelFactory

from clinic.models import Service


class ServiceFactory(DjangoModelFactory):
    """The service of most stories: 60 minutes at 1,000 a visit."""

    class Meta:
        model = Service
        django_get_or_create = ("name",)

    name = "Physiotherapy 60 min"
    minutes = 60
    price = Decimal(1000)
