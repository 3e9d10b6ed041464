\set aid random(1, 40000)
\set bid random(1, 8)
\set tid random(1, 80)
\set delta random(-5000, 5000)
BEGIN;
UPDATE account SET balance = balance + :delta WHERE aid = :aid;
SELECT balance FROM account WHERE aid = :aid;
UPDATE teller SET balance = balance + :delta WHERE tid = :tid;
UPDATE branch SET balance = balance + :delta WHERE bid = :bid;
INSERT INTO history (tid, bid, aid, delta, at) VALUES (:tid, :bid, :aid, :delta, CURRENT_TIMESTAMP);
END;
