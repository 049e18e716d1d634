"""A service's tax may come on top of its price."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clinic", "0006_country_profiles")]

    operations = [
        migrations.AddField(
            "service",
            "tax_is_added",
            models.BooleanField(
                default=False,
                help_text="Otherwise the price includes it.",
                verbose_name="tax comes on top of the price",
            ),
        ),
        migrations.AlterField(
            "service",
            "tax_percent",
            models.DecimalField(
                decimal_places=3,
                default=0,
                max_digits=6,
                validators=[MinValueValidator(0), MaxValueValidator(100)],
                verbose_name="tax in percent",
            ),
        ),
    ]
