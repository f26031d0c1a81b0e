"""Queries of PostgreSQL's system catalogs, for the schemas that are adopted."""

NOT_OF_EXTENSIONS = """
    NOT EXISTS (SELECT FROM pg_depend WHERE deptype = 'e' AND objid = {}.oid)
"""
PARTITIONS = """
    SELECT cn.nspname, c.relname, pn.nspname, p.relname, format(
        'CREATE TABLE %I.%I PARTITION OF %I.%I %s%s', cn.nspname, c.relname, pn.nspname,
        p.relname, pg_get_expr(c.relpartbound, c.oid),
        coalesce(' PARTITION BY ' || pg_get_partkeydef(c.oid), ''))
    FROM pg_inherits i
    JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace cn ON cn.oid = c.relnamespace
    JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
    WHERE c.relispartition AND cn.nspname IN :schemas AND c.relkind IN ('r', 'p')
    ORDER BY c.oid
"""
PARTITION_KEYS = """
    SELECT n.nspname, c.relname, pg_get_partkeydef(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'p' AND n.nspname IN :schemas
"""
UNKNOWN_TYPES = """
    SELECT n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname IN :schemas
"""
EXTENSIONS = """
    SELECT DISTINCT format('CREATE EXTENSION IF NOT EXISTS %I', e.extname)
    FROM pg_depend used
    JOIN pg_depend member ON member.classid = used.refclassid
        AND member.objid = used.refobjid AND member.deptype = 'e'
    JOIN pg_extension e ON e.oid = member.refobjid
    WHERE used.deptype <> 'e' AND e.extname <> 'plpgsql'
"""
SEQUENCES = """
    SELECT format('CREATE SEQUENCE %I.%I AS %s INCREMENT BY %s START WITH %s',
            n.nspname, c.relname, format_type(s.seqtypid, NULL), s.seqincrement, s.seqstart),
        format('DROP SEQUENCE IF EXISTS %I.%I', n.nspname, c.relname),
        CASE WHEN a.attname IS NOT NULL THEN format('ALTER SEQUENCE %I.%I OWNED BY %I.%I.%I',
            n.nspname, c.relname, tn.nspname, t.relname, a.attname) END
    FROM pg_sequence s
    JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
    LEFT JOIN pg_class t ON t.oid = d.refobjid
    LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE n.nspname IN :schemas AND d.deptype IS DISTINCT FROM 'i'
        AND c.relname NOT IN :left_out AND coalesce(t.relname, '') NOT IN :left_out
    ORDER BY 1
"""
FUNCTIONS = f"""
    SELECT pg_get_functiondef(p.oid), 'DROP ROUTINE IF EXISTS ' || p.oid::regprocedure,
        EXISTS (SELECT FROM pg_depend WHERE refclassid = 'pg_proc'::regclass
            AND refobjid = p.oid AND classid IN ('pg_attrdef'::regclass,
                'pg_constraint'::regclass, 'pg_class'::regclass))
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN :schemas AND p.prokind IN ('f', 'p') AND {NOT_OF_EXTENSIONS.format("p")}
    ORDER BY p.oid
"""
EXCLUSIONS = """
    SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s',
        c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid))
    FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
    WHERE c.contype = 'x' AND n.nspname IN :schemas
    ORDER BY c.oid
"""
VIEWS = f"""
    SELECT 'CREATE ' || kind || ' ' || name || ' AS ' || definition, 'DROP ' || kind || ' ' || name
    FROM (SELECT c.oid, CASE c.relkind WHEN 'v' THEN 'VIEW' ELSE 'MATERIALIZED VIEW' END AS kind,
            format('%I.%I', n.nspname, c.relname) AS name, pg_get_viewdef(c.oid) AS definition
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('v', 'm') AND n.nspname IN :schemas
            AND {NOT_OF_EXTENSIONS.format("c")}) AS views
    ORDER BY oid
"""
INDEXES_OF_VIEWS = """
    SELECT pg_get_indexdef(i.indexrelid) FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'm' AND n.nspname IN :schemas
"""
TRIGGERS = """
    SELECT pg_get_triggerdef(t.oid), format('DROP TRIGGER %I ON %I.%I', t.tgname, n.nspname, c.relname)
    FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND n.nspname IN :schemas
    ORDER BY t.oid
"""
