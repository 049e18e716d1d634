from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0015_bounces_by_day")]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["clinic", "recorded_at"], name="allocation_by_moment"),
        ),
    ]
