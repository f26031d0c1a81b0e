-- A club that lends tools to its members, as its database grew over the years.
CREATE TABLE branches (
    id INTEGER PRIMARY KEY,
    title VARCHAR(80) NOT NULL COLLATE NOCASE,
    class TEXT NOT NULL DEFAULT 'main',
    part_of INTEGER REFERENCES branches ON DELETE SET NULL,
    head INTEGER REFERENCES employees (id),
    "Opening Hours" TEXT,
    place
);
CREATE TABLE employees (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    branch INTEGER NOT NULL REFERENCES branches (id),
    name VARCHAR(120) NOT NULL,
    pay DECIMAL(16, 2) NOT NULL CHECK (pay >= 0),
    hired DATE NOT NULL DEFAULT CURRENT_DATE,
    shift_begin TIME
);
CREATE TABLE members (
    id CHAR(32) PRIMARY KEY,
    email VARCHAR(320) NOT NULL UNIQUE,
    state VARCHAR(10) NOT NULL DEFAULT 'applied' CHECK (state IN ('applied', 'active')),
    metadata JSON,
    registry STRING,
    photo BLOB,
    is_trusted BOOLEAN NOT NULL DEFAULT 0,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    vouched_by CHAR(32) REFERENCES members (id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX members_mail ON members (lower(email));
CREATE INDEX members_active ON members (created_at) WHERE state = 'active';
CREATE TABLE tools (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    code TEXT NOT NULL CONSTRAINT tool_codes UNIQUE,
    name NATIVE CHARACTER(200) NOT NULL,
    net NUMERIC(10, 2) NOT NULL,
    gross NUMERIC GENERATED ALWAYS AS (net * 1.19) STORED,
    label TEXT AS (code || ': ' || name),
    weight REAL,
    noise DOUBLE,
    amount UNSIGNED BIG INT,
    price MONEY,
    rank INT NOT NULL DEFAULT 0,
    CONSTRAINT ck_tools_net_positive CHECK (net > 0),
    UNIQUE (name, weight)
);
CREATE INDEX ix_tools_name ON tools (name);
CREATE TABLE labels (id INTEGER PRIMARY KEY, word TEXT NOT NULL, CONSTRAINT uq_labels_word UNIQUE (word));
CREATE TABLE tool_labels (
    tool_id INTEGER NOT NULL REFERENCES tools (id) ON DELETE CASCADE,
    label_id INTEGER NOT NULL REFERENCES labels (id) ON DELETE CASCADE ON UPDATE CASCADE,
    PRIMARY KEY (tool_id, label_id)
) WITHOUT ROWID;
CREATE TABLE loans (
    id INTEGER PRIMARY KEY,
    member_id CHAR(32) NOT NULL REFERENCES members (id),
    "from" INTEGER NOT NULL REFERENCES branches (id),
    "to" INTEGER REFERENCES branches (id)
);
CREATE TABLE loan_lines (
    loan_id BIGINT NOT NULL REFERENCES loans (id) ON DELETE CASCADE,
    line SMALLINT NOT NULL,
    tool_id INT NOT NULL REFERENCES tools (id),
    PRIMARY KEY (loan_id, line)
);
CREATE TABLE damages (
    id INTEGER PRIMARY KEY,
    loan_id BIGINT,
    line SMALLINT,
    text TEXT NOT NULL,
    date DATE,
    time TIME,
    FOREIGN KEY (loan_id, line) REFERENCES loan_lines (loan_id, line) ON DELETE CASCADE
);
CREATE TABLE readings (taken DATETIME, sensor INTEGER, value FLOAT);
CREATE TABLE anything (one, two);
CREATE TABLE visits (id BIGINT NOT NULL, day DATE NOT NULL, PRIMARY KEY (id, day));
CREATE TABLE "Order Details" (
    "ID" INTEGER PRIMARY KEY,
    "Unit Price" NUMERIC NOT NULL,
    "select" INTEGER,
    "int" INTEGER,
    "1st" INTEGER,
    "lambda" BOOLEAN,
    "type_annotation_map" TEXT
);
CREATE TABLE settings (name TEXT PRIMARY KEY, value ANY) STRICT;
CREATE TABLE invoices (
    number INTEGER PRIMARY KEY,
    member_id CHAR(32) NOT NULL REFERENCES members (id),
    total DECIMAL(16, 2) NOT NULL
);
CREATE INDEX invoices_of_members ON invoices (member_id, total DESC);
CREATE VIEW active_members AS SELECT id, email FROM members WHERE state = 'active';
CREATE TRIGGER tools_rank AFTER INSERT ON tools BEGIN
    UPDATE tools SET rank = max(rank, 0) WHERE id = NEW.id;
END;
