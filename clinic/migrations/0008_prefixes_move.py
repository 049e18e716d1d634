"""The prefixes of bills are kept by billing, for each kind and branch."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinic", "0007_taxes"), ("billing", "0007_papers")]

    operations = [
        migrations.RemoveField("clinicsettings", name)
        for name in ("bill_prefix", "receipt_prefix", "credit_note_prefix", "correction_prefix")
    ]
