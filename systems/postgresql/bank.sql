-- What TPC-B's transaction works on, smaller than pgbench makes it: 8 branches, 80 tellers, 40 000 accounts.
CREATE DATABASE bank;
\c bank
SET default_statistics_target = 200;  -- the whole table is looked at: the same statistics each time
CREATE TABLE branch (bid int PRIMARY KEY, balance int NOT NULL, filler char(88));
CREATE TABLE teller (tid int PRIMARY KEY, bid int NOT NULL, balance int NOT NULL, filler char(84));
CREATE TABLE account (aid int PRIMARY KEY, bid int NOT NULL, balance int NOT NULL, filler char(84));
CREATE TABLE history (tid int, bid int, aid int, delta int, at timestamp, filler char(22));
INSERT INTO branch SELECT i, 0, '' FROM generate_series(1, 8) AS i;
INSERT INTO teller SELECT i, 1 + i % 8, 0, '' FROM generate_series(1, 80) AS i;
INSERT INTO account SELECT i, 1 + i % 8, 0, '' FROM generate_series(1, 40000) AS i;
VACUUM (FREEZE, ANALYZE);
