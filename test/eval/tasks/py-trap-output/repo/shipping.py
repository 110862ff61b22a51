FREE_FROM_CENTS = 5000
RATES = {"DE": 490, "AT": 890, "CH": 1490}


def shipping_cents(country, goods_cents, express=False):
    """Cost of shipping. Goods for 50.00 and more ship free, express never does and costs twice."""
    if goods_cents > FREE_FROM_CENTS:
        return 0
    rate = RATES[country]
    return rate * 2 if express else rate
