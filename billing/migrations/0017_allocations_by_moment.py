from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0016_used_again")]

    operations = [
        migrations.AddIndex(
            model_name="allocation",
            index=models.Index(fields=["clinic", "recorded_at"], name="allocation_by_moment"),
        ),
    ]
