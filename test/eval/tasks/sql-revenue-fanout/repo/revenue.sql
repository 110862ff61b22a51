SELECT strftime('%Y-%m', placed_on) AS month,
       count(orders.id) AS orders,
       sum(lines.count * lines.cents) - coalesce(sum(coupons.cents), 0) AS revenue,
       sum(payments.cents) AS paid,
       sum(payments.cents IS NULL) AS unpaid
FROM orders
JOIN lines ON lines.order_id = orders.id
LEFT JOIN coupons ON coupons.order_id = orders.id
LEFT JOIN payments ON payments.order_id = orders.id
GROUP BY month
ORDER BY month;
