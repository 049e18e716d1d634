from django.db import migrations, models


class Migration(migrations.Migration):
    """The list of renewals asks for the nudges of the last weeks."""

    dependencies = [
        ("packages", "0008_held_on"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="nudge",
            index=models.Index(fields=["clinic", "created_at"], name="nudge_latest"),
        ),
    ]
