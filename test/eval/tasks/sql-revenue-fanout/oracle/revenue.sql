WITH RECURSIVE
  bills AS (
    SELECT strftime('%Y-%m', placed_on) AS month,
           max(0, coalesce((SELECT sum(count * cents) FROM lines WHERE order_id = orders.id), 0)
             - coalesce((SELECT sum(cents) FROM coupons WHERE order_id = orders.id), 0)) AS revenue,
           coalesce((SELECT sum(cents) FROM payments WHERE order_id = orders.id), 0) AS paid
    FROM orders
    WHERE state <> 'cancelled'
  ),
  months (month) AS (
    SELECT min(month) FROM bills HAVING count(*) > 0
    UNION ALL
    SELECT strftime('%Y-%m', month || '-01', '+1 month') FROM months WHERE month < (SELECT max(month) FROM bills)
  )
SELECT months.month,
       count(bills.month) AS orders,
       coalesce(sum(revenue), 0) AS revenue,
       coalesce(sum(paid), 0) AS paid,
       coalesce(sum(paid < revenue), 0) AS unpaid
FROM months
LEFT JOIN bills ON bills.month = months.month
GROUP BY months.month
ORDER BY months.month;
