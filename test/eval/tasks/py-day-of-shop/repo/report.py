from collections import defaultdict


def by_day(shop, sales):
    """Cents sold by day (YYYY-MM-DD), oldest first."""
    days = defaultdict(int)
    for sale in sales:
        days[sale["at"][:10]] += sale["cents"]
    return dict(days)
