from shipping import shipping_cents

assert shipping_cents("DE", 4999) == 490
assert shipping_cents("DE", 5000) == 0
assert shipping_cents("DE", 5001) == 0
assert shipping_cents("AT", 5000, express=True) == 1780
assert shipping_cents("CH", 9000, express=True) == 2980
assert shipping_cents("CH", 100) == 1490
print("ok")
