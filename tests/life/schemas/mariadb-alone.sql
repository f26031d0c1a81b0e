-- What MariaDB has and MySQL has not.
CREATE TABLE devices (
    id uuid NOT NULL DEFAULT uuid() PRIMARY KEY,
    seen_from inet6,
    member_id char(36) CHARACTER SET ascii,
    CONSTRAINT devices_members FOREIGN KEY (member_id) REFERENCES members (id)
);
