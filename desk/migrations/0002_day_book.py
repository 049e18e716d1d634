"""A closing is the last word of the day books up to its day: nothing that moves money is recorded around it."""

import django.db.models.functions.datetime
from django.db import migrations, models

# Whoever records money shares the clinic's books until the end of the transaction; a closing waits for all of them and
# holds the others up. So what is recorded up to the moment of a closing was seen by it, and what comes later is later.
# The names of the triggers sort before those that take the time (fits, stamp, takes_number).
BOOKS = """
CREATE FUNCTION books_of(the_clinic bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS
  $$ SELECT hashtextextended('day books of ' || the_clinic, 0) $$;

CREATE FUNCTION opens_book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(books_of(NEW.clinic_id));
  RETURN NEW;
END $$;
CREATE TRIGGER book_opens BEFORE INSERT ON billing_payment FOR EACH ROW EXECUTE FUNCTION opens_book();
CREATE TRIGGER book_opens BEFORE INSERT ON billing_allocation FOR EACH ROW EXECUTE FUNCTION opens_book();
CREATE TRIGGER book_opens BEFORE INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION opens_book();
CREATE TRIGGER book_opens BEFORE INSERT ON billing_bounce FOR EACH ROW EXECUTE FUNCTION opens_book();

-- A bill is dated by the moment its act began; where the day was closed meanwhile, it is issued after the closing.
CREATE FUNCTION bill_opens_book() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  closed_at timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock_shared(books_of(NEW.clinic_id));
  SELECT max(recorded_at) INTO closed_at FROM desk_dayclose
   WHERE clinic_id = NEW.clinic_id AND branch_id = NEW.branch_id AND kind = 'closed';
  IF NEW.issued_at <= closed_at THEN
    NEW.issued_at := closed_at + interval '1 microsecond';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER book_opens BEFORE INSERT ON billing_bill FOR EACH ROW EXECUTE FUNCTION bill_opens_book();

CREATE FUNCTION closes_book() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(books_of(NEW.clinic_id));
  NEW.recorded_at := moment_of_record();
  RETURN NEW;
END $$;
CREATE TRIGGER book_closes BEFORE INSERT ON desk_dayclose FOR EACH ROW EXECUTE FUNCTION closes_book();
"""

UNDO = """
DROP TRIGGER book_closes ON desk_dayclose; DROP FUNCTION closes_book();
DROP TRIGGER book_opens ON billing_bill; DROP FUNCTION bill_opens_book();
DROP TRIGGER book_opens ON billing_bounce;
DROP TRIGGER book_opens ON billing_refund;
DROP TRIGGER book_opens ON billing_allocation;
DROP TRIGGER book_opens ON billing_payment;
DROP FUNCTION opens_book();
DROP FUNCTION books_of(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("desk", "0001_day_close"),
        ("billing", "0012_statements"),
    ]

    operations = [
        migrations.AddField(
            "dayclose",
            "recorded_at",
            models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
        ),
        # Closings of before were recorded when they were made. Rows that only grow are rewritten, not updated.
        migrations.RunSQL(
            "ALTER TABLE desk_dayclose ALTER recorded_at TYPE timestamptz USING at;", migrations.RunSQL.noop
        ),
        migrations.AddField(
            "dayclose",
            "credit_left",
            models.DecimalField(
                decimal_places=3,
                help_text="account credit at the end of the day's book",
                max_digits=14,
                null=True,
            ),
        ),
        migrations.AddField(
            "dayclose",
            "owed_left",
            models.DecimalField(
                decimal_places=3,
                help_text="what was still to pay at the end of the day's book",
                max_digits=14,
                null=True,
            ),
        ),
        migrations.RunSQL(BOOKS, UNDO),
    ]
