from django.db import migrations, models

# Nudges were written before messages had kinds: nudge:PACKAGE:expiring_14:2026-05-31 is of nudge.expiring.
KINDS = r"""
UPDATE clinic_message SET kind = 'nudge.' || regexp_replace(split_part(occasion, ':', 3), '_\d+$', '')
 WHERE kind = '' AND occasion LIKE 'nudge:%';
"""


class Migration(migrations.Migration):
    """The list of renewals asks for the nudges of the last weeks, and by their kinds."""

    dependencies = [
        ("clinic", "0009_messaging"),
        ("packages", "0008_held_on"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="nudge",
            index=models.Index(fields=["clinic", "created_at"], name="nudge_latest"),
        ),
        migrations.RunSQL(KINDS, migrations.RunSQL.noop),
    ]
