from django.db import migrations, models

from clinic.tenancy.guards import only_updates


class Migration(migrations.Migration):
    dependencies = [("clinic", "0002_guards")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="enclosure",
            field=models.CharField(
                blank=True, default="", help_text="kind:id of a paper made when it is sent", max_length=60
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=~models.Q(state="sent") | models.Q(sent_at__isnull=False),
                name="message_sent_has_moment",
            ),
        ),
        migrations.RemoveIndex(model_name="message", name="message_waiting"),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(state__in=["queued", "sending", "failed"]),
                fields=["clinic", "channel", "not_before"],
                name="message_open",
            ),
        ),
        only_updates("clinic_message", "state", "attempts", "not_before", "last_words", "sent_at"),
    ]
