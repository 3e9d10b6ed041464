-- What is analysed: 40 000 sales of 500 products to 4000 customers, in no order.
CREATE DATABASE shop;
\c shop
SET default_statistics_target = 200;  -- the whole table is looked at: the same statistics each time
CREATE TABLE product (id int PRIMARY KEY, category int NOT NULL, name text NOT NULL);
CREATE TABLE customer (id int PRIMARY KEY, region int NOT NULL, name text NOT NULL);
CREATE TABLE sale (id int PRIMARY KEY, product int NOT NULL, customer int NOT NULL, day int NOT NULL, amount int NOT NULL);
INSERT INTO product SELECT i, i * 7919 % 23, 'product ' || i FROM generate_series(1, 500) AS i;
INSERT INTO customer SELECT i, i * 7919 % 11, 'customer ' || md5(i::text) FROM generate_series(1, 4000) AS i;
INSERT INTO sale
SELECT i, 1 + i * 7919::bigint % 500, 1 + i * 104729::bigint % 4000, i * 15485863::bigint % 730, i * 7919::bigint % 997
FROM generate_series(1, 40000) AS i;
CREATE INDEX ON sale (day);
CREATE INDEX ON sale (customer);
VACUUM (FREEZE, ANALYZE);
