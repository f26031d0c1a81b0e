-- What MySQL has and MariaDB has not.
CREATE UNIQUE INDEX members_small_mail ON members ((lower(email)));

CREATE INDEX invoices_dearest ON invoices (total DESC, (total * 2));
