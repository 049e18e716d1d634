"""Weekly working hours, from a day on; and what finds the disputes and the free visits of a week."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import clinic.tenancy.fields
import clinic.tenancy.ids
import clinic.tenancy.models
from clinic.tenancy.guards import append_only

NO_OVERLAP = """
CREATE FUNCTION working_hours_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM visits_workinghours
              WHERE clinic_id = NEW.clinic_id AND availability_id = NEW.availability_id
                AND weekday = NEW.weekday AND starts < NEW.ends AND ends > NEW.starts) THEN
    RAISE EXCEPTION 'working hours of one day overlap' USING ERRCODE = '23P01';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER apart BEFORE INSERT ON visits_workinghours FOR EACH ROW EXECUTE FUNCTION working_hours_apart();
"""
UNDO_NO_OVERLAP = "DROP TRIGGER apart ON visits_workinghours; DROP FUNCTION working_hours_apart();"


def key():
    return (
        "id",
        models.UUIDField(default=clinic.tenancy.ids.uuid7, editable=False, primary_key=True, serialize=False),
    )


class Migration(migrations.Migration):
    dependencies = [
        ("clinic", "0009_messaging"),
        ("visits", "0008_pay"),
    ]

    operations = [
        migrations.CreateModel(
            name="Availability",
            fields=[
                key(),
                ("since", models.DateField(verbose_name="from this day on")),
                ("key", models.UUIDField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    clinic.tenancy.fields.ClinicForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="clinic.staff",
                    ),
                ),
                ("clinic", clinic.tenancy.fields.ClinicField()),
                (
                    "staff",
                    clinic.tenancy.fields.ClinicForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="availabilities",
                        to="clinic.staff",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(fields=["clinic", "staff", "since"], name="availability_of_staff")],
                "constraints": [
                    models.UniqueConstraint(fields=("clinic", "key"), name="availability_key_once")
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        migrations.CreateModel(
            name="WorkingHours",
            fields=[
                key(),
                ("weekday", models.PositiveSmallIntegerField(help_text="0 is Monday")),
                ("starts", models.TimeField()),
                ("ends", models.TimeField()),
                (
                    "availability",
                    clinic.tenancy.fields.ClinicForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="hours",
                        to="visits.availability",
                    ),
                ),
                ("clinic", clinic.tenancy.fields.ClinicField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)), name="working_hours_weekday"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends__gt", models.F("starts"))),
                        name="working_hours_end_after_start",
                    ),
                    models.UniqueConstraint(
                        fields=("clinic", "availability", "weekday", "starts"), name="working_hours_once"
                    ),
                ],
            },
            managers=[("objects", clinic.tenancy.models.ClinicManager())],
        ),
        append_only("visits_availability"),
        append_only("visits_workinghours"),
        migrations.RunSQL(NO_OVERLAP, UNDO_NO_OVERLAP),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(fields=["clinic", "opened_at"], name="dispute_by_opening"),
        ),
        migrations.AddIndex(
            model_name="dispute",
            index=models.Index(
                condition=models.Q(("decision", ""), _negated=True),
                fields=["clinic", "decided_at"],
                name="dispute_by_decision",
            ),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(
                condition=models.Q(("settlement", "free")),
                fields=["clinic", "completed_at"],
                name="visit_free",
            ),
        ),
    ]
