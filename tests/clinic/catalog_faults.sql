-- Every row is a fault: which table or function, and what is wrong with it.
WITH t AS (
SELECT c.oid, c.relname, c.relrowsecurity AS rls, c.relforcerowsecurity AS forced FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'clinic_id' AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace
),
app AS (SELECT unnest(ARRAY['ginti_app', 'ginti_platform']) AS role)
SELECT relname, 'no forced row-level security' FROM t WHERE NOT (rls AND forced)
UNION ALL SELECT relname, 'no clinic_isolation policy' FROM t WHERE NOT EXISTS (
  SELECT FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'clinic_isolation' AND p.polcmd = '*'
  AND pg_get_expr(p.polqual, p.polrelid) = '(clinic_id = current_clinic_id())'
  AND pg_get_expr(p.polwithcheck, p.polrelid) = '(clinic_id = current_clinic_id())')
UNION ALL SELECT relname, 'open policy ' || p.polname FROM t JOIN pg_policy p ON p.polrelid = t.oid
  WHERE p.polname <> 'clinic_isolation' AND p.polroles <> ARRAY['ginti_platform'::regrole::oid]
  AND NOT (relname = 'clinic_staff' AND p.polname = 'own_memberships' AND p.polcmd = 'r'
           AND pg_get_expr(p.polqual, p.polrelid) = '(user_id = current_app_user_id())')
UNION ALL SELECT relname, 'key does not start with the clinic: ' || i.indexrelid::regclass FROM t
  JOIN pg_index i ON i.indrelid = t.oid AND i.indisunique
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'clinic_id'
  WHERE i.indkey[0] <> a.attnum
UNION ALL SELECT relname, 'index without the clinic: ' || i.indexrelid::regclass FROM t
  JOIN pg_index i ON i.indrelid = t.oid JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'clinic_id'
  WHERE NOT a.attnum = ANY (i.indkey) AND pg_get_indexdef(i.indexrelid) !~ 'ON public.clinic_staff USING btree \(user_id\)'
UNION ALL SELECT relname, 'primary key is not (clinic_id, id)' FROM t WHERE NOT EXISTS (
  SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'p'
  AND pg_get_constraintdef(k.oid) = 'PRIMARY KEY (clinic_id, id)')
UNION ALL SELECT t.relname, 'foreign key without the clinic: ' || k.conname FROM t
  JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' JOIN t AS theirs ON theirs.oid = k.confrelid
  WHERE pg_get_constraintdef(k.oid) !~ '^FOREIGN KEY \(clinic_id, .*REFERENCES \w+\(clinic_id, '
UNION ALL SELECT t.relname, 'foreign key that is not RESTRICT or NO ACTION: ' || k.conname FROM t
  JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'f' WHERE k.confdeltype NOT IN ('a', 'r')
UNION ALL SELECT c.relname, 'global table refers to a clinic table: ' || k.conname FROM pg_constraint k
  JOIN t ON t.oid = k.confrelid JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.contype = 'f' AND k.conrelid NOT IN (SELECT oid FROM t)
UNION ALL SELECT relname, role || ' may DELETE' FROM t, app
  WHERE has_table_privilege(role, t.oid, 'DELETE') AND relname <> ALL (%(may_delete)s)
UNION ALL SELECT c.relname, role || ' may ' || verb FROM pg_class c, app, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) verb
  WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND has_table_privilege(role, c.oid, verb)
UNION ALL SELECT c.relname, 'open to PUBLIC' FROM pg_class c, aclexplode(c.relacl) g
  WHERE c.relnamespace = 'public'::regnamespace AND g.grantee = 0
UNION ALL SELECT 'public', 'PUBLIC may create in the schema' WHERE has_schema_privilege('ginti_app', 'public', 'CREATE')
UNION ALL SELECT relname, role || ' may UPDATE what only grows: ' || a.attname FROM app, t
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE relname = ANY (%(append_only)s) AND has_column_privilege(role, t.oid, a.attnum, 'UPDATE')
  AND NOT (relname = ANY (%(follow)s) AND a.attname = 'patient_id')
UNION ALL SELECT relname, 'no enabled trigger ' || name FROM t, unnest(ARRAY['only_grows', 'never_emptied']) name
  WHERE relname = ANY (%(append_only)s) AND NOT EXISTS (
    SELECT FROM pg_trigger g WHERE g.tgrelid = t.oid AND g.tgname = name AND g.tgenabled IN ('O', 'A')
    AND g.tgfoid = CASE WHEN name = 'only_grows' AND relname = ANY (%(follow)s)
      THEN 'only_follows_patient()'::regprocedure ELSE 'refuse_change()'::regprocedure END)
UNION ALL SELECT c.relname, 'clinic directory without forced row-level security' FROM pg_class c
  WHERE c.relname = 'clinic_clinic' AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
UNION ALL SELECT c.relname, 'view that runs as its owner' FROM pg_class c
  WHERE c.relkind = 'v' AND c.relnamespace = 'public'::regnamespace
  AND NOT coalesce('security_invoker=true' = ANY (c.reloptions), false)
UNION ALL SELECT c.relname, 'materialized view' FROM pg_class c
  WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace
UNION ALL SELECT c.relname, 'partition that can be read by itself' FROM pg_class c
  WHERE c.relispartition AND c.relkind = 'r' AND has_table_privilege('ginti_app', c.oid, 'SELECT')
UNION ALL SELECT p.proname, 'SECURITY DEFINER with an open search_path' FROM pg_proc p
  WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace
  AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (p.proconfig), false)
UNION ALL SELECT p.proname, 'search_path that does not end in pg_temp' FROM pg_proc p, unnest(p.proconfig) setting
  WHERE p.pronamespace = 'public'::regnamespace AND setting LIKE 'search_path=%%' AND setting NOT LIKE '%%, pg_temp'
UNION ALL SELECT current_database(), role || ' may create temporary tables' FROM app
  WHERE has_database_privilege(role, current_database(), 'TEMPORARY')
UNION ALL SELECT p.proname, 'SECURITY DEFINER that can be called by itself' FROM pg_proc p
  WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace AND p.prorettype <> 'trigger'::regtype
UNION ALL SELECT p.proname, 'function not owned by ginti_owner' FROM pg_proc p
  WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> 'ginti_owner'::regrole
