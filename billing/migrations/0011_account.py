"""What is set against a bill, or taken back, names its act and its reason; a payment is found by its reference."""

from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Upper


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_print_runs")]

    operations = [
        migrations.AddField("allocation", "key", models.UUIDField(null=True, help_text="of the act")),
        migrations.AddField(
            "allocation", "reason", models.CharField(blank=True, db_default="", max_length=300)
        ),
        migrations.AddConstraint(
            "allocation",
            models.UniqueConstraint(
                fields=["clinic", "key", "payment", "line"],
                name="allocation_once",
                condition=Q(key__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "payment", models.Index(F("clinic"), Upper("reference"), name="payment_by_reference")
        ),
    ]
