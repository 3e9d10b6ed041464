\set aid random(1, 40000)
SELECT balance FROM account WHERE aid = :aid;
