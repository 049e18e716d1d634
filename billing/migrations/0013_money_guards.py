"""No part of a coin and no NaN, lines that are their price, notes about their own bill, credit that was brought along."""

from django.db import migrations

# Digits of the minor unit as Babel knows them; a test holds the function against it.
COINS = """
CREATE FUNCTION coin_digits(currency text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN currency = ANY(ARRAY[
    'ADP','AFN','ALL','BIF','BYR','CLP','DJF','ESP','GNF','IQD','IRR','ISK','ITL','JPY','KMF','KPW','KRW','LAK','LBP',
    'LUF','MGA','MGF','MMK','MRO','PYG','RSD','RWF','SLL','SOS','STD','SYP','TMM','TRL','UGX','UYI','VND','VUV','XAF',
    'XOF','XPF','YER','ZMK','ZWD']) THEN 0
  WHEN currency = ANY(ARRAY['BHD','JOD','KWD','LYD','OMR','TND']) THEN 3 ELSE 2 END
$$;

-- NaN is above every number to PostgreSQL: a payment of it would pay for anything.
CREATE FUNCTION refuse_part_of_coin(clinic bigint, VARIADIC amounts numeric[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  digits integer;
  amount numeric;
BEGIN
  SELECT coin_digits(currency) INTO digits FROM clinic_clinic WHERE id = clinic;
  FOREACH amount IN ARRAY amounts LOOP
    IF amount = 'NaN' OR amount <> round(amount, digits) THEN
      RAISE EXCEPTION 'an amount of % is no whole number of coins', amount USING ERRCODE = '23514';
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION amount_in_coins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse_part_of_coin(NEW.clinic_id, NEW.amount);
  RETURN NEW;
END $$;
CREATE TRIGGER coins BEFORE INSERT ON billing_payment FOR EACH ROW EXECUTE FUNCTION amount_in_coins();
CREATE TRIGGER coins BEFORE INSERT ON billing_allocation FOR EACH ROW EXECUTE FUNCTION amount_in_coins();
CREATE TRIGGER coins BEFORE INSERT ON billing_refund FOR EACH ROW EXECUTE FUNCTION amount_in_coins();

CREATE FUNCTION total_in_coins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM refuse_part_of_coin(NEW.clinic_id, NEW.total);
  RETURN NEW;
END $$;
CREATE TRIGGER coins BEFORE INSERT ON billing_bill FOR EACH ROW EXECUTE FUNCTION total_in_coins();
"""

UNDO_COINS = """
DROP TRIGGER coins ON billing_payment; DROP TRIGGER coins ON billing_allocation;
DROP TRIGGER coins ON billing_refund; DROP TRIGGER coins ON billing_bill;
DROP FUNCTION amount_in_coins(); DROP FUNCTION total_in_coins();
DROP FUNCTION refuse_part_of_coin(bigint, VARIADIC numeric[]); DROP FUNCTION coin_digits(text);
"""

LINES = """
-- A line is its price times its quantity less its discount, whether its tax is in the price or comes on top.
CREATE FUNCTION line_is_its_parts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  parts numeric;
BEGIN
  PERFORM refuse_part_of_coin(NEW.clinic_id, NEW.amount, NEW.unit_price, NEW.discount, NEW.tax);
  SELECT round(NEW.quantity * NEW.unit_price, coin_digits(currency)) - NEW.discount INTO parts
    FROM clinic_clinic WHERE id = NEW.clinic_id;
  IF NEW.quantity = 'NaN' OR NEW.quantity <= 0 OR NEW.amount NOT IN (parts, parts + NEW.tax) THEN
    RAISE EXCEPTION 'a line of % is not % × % less % (tax %)',
      NEW.amount, NEW.quantity, NEW.unit_price, NEW.discount, NEW.tax USING ERRCODE = '23514';
  END IF;
  IF NEW.discount <> 0 AND (NEW.discount < 0) <> (NEW.credits_id IS NOT NULL)
     OR NEW.tax * sign(NEW.amount) NOT BETWEEN 0 AND abs(NEW.amount) THEN
    RAISE EXCEPTION 'a line of % cannot have a discount of % and a tax of %', NEW.amount, NEW.discount, NEW.tax
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER coins BEFORE INSERT ON billing_billline FOR EACH ROW EXECUTE FUNCTION line_is_its_parts();

-- What takes a line back stands on a note about that line's own bill, and is of the same thing.
CREATE FUNCTION credit_of_its_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM billing_billline line JOIN billing_bill note
        ON note.clinic_id = line.clinic_id AND note.corrects_id = line.bill_id
     WHERE line.clinic_id = NEW.clinic_id AND line.id = NEW.credits_id AND note.id = NEW.bill_id
       AND (line.kind, line.package_id, line.visit_id) IS NOT DISTINCT FROM (NEW.kind, NEW.package_id, NEW.visit_id)) THEN
    RAISE EXCEPTION 'a credit of % is of no line of the bill that its note is about', NEW.amount
      USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER credit_of_its_bill BEFORE INSERT ON billing_billline FOR EACH ROW
  WHEN (NEW.credits_id IS NOT NULL) EXECUTE FUNCTION credit_of_its_bill();
"""

UNDO_LINES = """
DROP TRIGGER credit_of_its_bill ON billing_billline; DROP FUNCTION credit_of_its_bill();
DROP TRIGGER coins ON billing_billline; DROP FUNCTION line_is_its_parts();
"""

CREDIT = """
-- Money that paid our own bill is free again by its note. A credit is for what came otherwise: before go-live, or with
-- transferred sessions. Both for one refund would pay it out twice.
CREATE FUNCTION credit_was_brought() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  brought numeric;
BEGIN
  SELECT paid_before + moved_in INTO brought FROM packages_package
   WHERE clinic_id = NEW.clinic_id AND id = NEW.package_id FOR NO KEY UPDATE;
  SELECT brought - coalesce(sum(amount), 0) INTO brought FROM billing_payment
   WHERE clinic_id = NEW.clinic_id AND package_id = NEW.package_id;
  IF NEW.amount > brought THEN
    RAISE EXCEPTION 'a credit of % is more than the refund can give of what the package brought along (%)',
      NEW.amount, brought USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER brought BEFORE INSERT ON billing_payment FOR EACH ROW
  WHEN (NEW.method = 'credit') EXECUTE FUNCTION credit_was_brought();
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_statements")]

    operations = [
        migrations.RunSQL(COINS, UNDO_COINS),
        migrations.RunSQL(LINES, UNDO_LINES),
        migrations.RunSQL(
            CREDIT, "DROP TRIGGER brought ON billing_payment; DROP FUNCTION credit_was_brought();"
        ),
    ]
