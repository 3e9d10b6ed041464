\set day random(0, 700)
SELECT category, region, sum(amount), count(DISTINCT customer.id)
FROM sale JOIN product ON product = product.id JOIN customer ON customer = customer.id
GROUP BY category, region ORDER BY 3 DESC;
SELECT name, total, rank() OVER (PARTITION BY region ORDER BY total DESC)
FROM (SELECT customer, sum(amount) AS total FROM sale GROUP BY customer) AS bought JOIN customer ON customer = id
ORDER BY total DESC LIMIT 20;
SELECT count(*), sum(amount) FROM sale WHERE day BETWEEN :day AND :day + 9;
