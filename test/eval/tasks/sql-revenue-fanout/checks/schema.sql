CREATE TABLE orders (id INTEGER PRIMARY KEY, placed_on TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('open', 'sent', 'cancelled')));
CREATE TABLE lines (order_id INTEGER NOT NULL REFERENCES orders, article TEXT NOT NULL, count INTEGER NOT NULL, cents INTEGER NOT NULL);
CREATE TABLE coupons (order_id INTEGER NOT NULL REFERENCES orders, cents INTEGER NOT NULL);
CREATE TABLE payments (order_id INTEGER NOT NULL REFERENCES orders, cents INTEGER NOT NULL, received_on TEXT NOT NULL);
