-- A club that lends tools to its members, as its database grew over the years.
CREATE TABLE branches (
    id smallint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    title varchar(80) NOT NULL,
    class varchar(10) NOT NULL DEFAULT 'main',
    part_of smallint unsigned,
    head int COMMENT 'Who has the keys – and the alarm''s code',
    `Opening Hours` text,
    place point,
    FOREIGN KEY (part_of) REFERENCES branches (id) ON DELETE SET NULL
) COMMENT 'Where the tools are kept';

CREATE TABLE employees (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    branch smallint unsigned NOT NULL,
    name varchar(120) NOT NULL,
    pay decimal(16,2) NOT NULL,
    born year,
    hired date NOT NULL,
    shift_begin time,
    CHECK (pay >= 0),
    FOREIGN KEY (branch) REFERENCES branches (id)
);

ALTER TABLE branches ADD CONSTRAINT branches_head FOREIGN KEY (head) REFERENCES employees (id);

CREATE TABLE members (
    id char(36) CHARACTER SET ascii NOT NULL PRIMARY KEY,
    email varchar(320) NOT NULL,
    state enum('applied','active','on hold','left','2nd chance') NOT NULL DEFAULT 'applied',
    interests set('wood','metal','garden') NOT NULL DEFAULT 'wood',
    metadata json,
    registry tinytext,
    flags bit(8) NOT NULL DEFAULT b'00000000',
    is_trusted tinyint(1) NOT NULL DEFAULT 0,
    level tinyint NOT NULL DEFAULT 1,
    photo mediumblob,
    code binary(16),
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    changed_at datetime(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    left_at datetime,
    vouched_by char(36) CHARACTER SET ascii,
    UNIQUE KEY email (email),
    KEY left_at (left_at, state),
    FOREIGN KEY (vouched_by) REFERENCES members (id)
);

CREATE TABLE tools (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    code varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci NOT NULL UNIQUE,
    name varchar(200) NOT NULL,
    net decimal(10,2) unsigned NOT NULL,
    gross decimal(12,4) GENERATED ALWAYS AS (net * 1.19) STORED,
    label varchar(230) GENERATED ALWAYS AS (concat(code, ': ', name)) VIRTUAL,
    weight double,
    noise float,
    amount int(5) unsigned zerofill,
    `rank` int NOT NULL DEFAULT 0,
    description longtext,
    CONSTRAINT ck_tools_net_positive CHECK (net > 0),
    CONSTRAINT `Tool Names` UNIQUE (name, weight),
    KEY ix_tools_name (name),
    KEY tools_begin (description(20)),
    FULLTEXT KEY tools_words (name, description)
) ENGINE=InnoDB AUTO_INCREMENT=500 DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE labels (
    id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    word varchar(40) NOT NULL,
    CONSTRAINT uq_labels_word UNIQUE (word)
) DEFAULT CHARSET=latin1;

CREATE TABLE tool_labels (
    tool_id int NOT NULL,
    label_id bigint unsigned NOT NULL,
    PRIMARY KEY (tool_id, label_id),
    FOREIGN KEY (tool_id) REFERENCES tools (id) ON DELETE CASCADE,
    FOREIGN KEY (label_id) REFERENCES labels (id) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE loans (
    id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    member_id char(36) CHARACTER SET ascii NOT NULL,
    `from` smallint unsigned NOT NULL,
    `to` smallint unsigned,
    CONSTRAINT fk_loans_member_id_members FOREIGN KEY (member_id) REFERENCES members (id),
    FOREIGN KEY (`from`) REFERENCES branches (id),
    FOREIGN KEY (`to`) REFERENCES branches (id) ON DELETE SET NULL
);

CREATE TABLE loan_lines (
    loan_id bigint NOT NULL,
    line smallint NOT NULL,
    tool_id int NOT NULL,
    PRIMARY KEY (loan_id, line),
    FOREIGN KEY (loan_id) REFERENCES loans (id) ON DELETE CASCADE,
    FOREIGN KEY (tool_id) REFERENCES tools (id)
);

CREATE TABLE damages (
    id mediumint NOT NULL AUTO_INCREMENT PRIMARY KEY,
    loan_id bigint,
    line smallint,
    text text NOT NULL,
    date date,
    time time(3),
    CONSTRAINT damages_of_a_line FOREIGN KEY (loan_id, line)
        REFERENCES loan_lines (loan_id, line) ON DELETE CASCADE
);

CREATE TABLE readings (taken datetime, sensor int, value double) ENGINE=MyISAM;

CREATE TABLE counters (
    owner int NOT NULL,
    number int NOT NULL AUTO_INCREMENT,
    PRIMARY KEY (owner, number),
    KEY number (number)
);

CREATE TABLE visits (
    id bigint NOT NULL,
    day date NOT NULL,
    PRIMARY KEY (id, day)
) PARTITION BY HASH (to_days(day)) PARTITIONS 3;

CREATE TABLE `Order Details` (
    `ID` int NOT NULL PRIMARY KEY,
    `Unit Price` decimal(10,0) NOT NULL,
    `select` int,
    `int` int,
    `1st` int,
    `lambda` tinyint(1),
    `type_annotation_map` text
);

CREATE TABLE settings (name varchar(60) NOT NULL PRIMARY KEY, value json);

CREATE TABLE invoices (
    number bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
    member_id char(36) CHARACTER SET ascii NOT NULL,
    total decimal(16,2) NOT NULL,
    paid_by enum('cash','card','transfer'),
    KEY invoices_of_members (member_id, total),
    FOREIGN KEY (member_id) REFERENCES members (id)
);

CREATE VIEW a_mails AS SELECT email FROM members;

CREATE VIEW active_members AS SELECT id, email FROM members WHERE state = 'active';

CREATE OR REPLACE VIEW a_mails AS SELECT lower(email) AS mail FROM active_members;

CREATE TRIGGER tools_rank BEFORE INSERT ON tools FOR EACH ROW
    SET NEW.`rank` = greatest(NEW.`rank`, 0);
