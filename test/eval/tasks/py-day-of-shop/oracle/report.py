from collections import defaultdict
from datetime import datetime, timedelta


def by_day(shop, sales):
    """Cents sold by day of the shop (YYYY-MM-DD), oldest first, days between without a sale as 0."""
    offset = timedelta(minutes=shop["utc_offset_minutes"])
    sold = defaultdict(int)
    for sale in sales:
        at = datetime.fromisoformat(sale["at"].replace("Z", "+00:00"))
        sold[(at + offset).date()] += sale["cents"]
    if not sold:
        return {}
    first, last = min(sold), max(sold)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day.isoformat(): sold.get(day, 0) for day in days}
