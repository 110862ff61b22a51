"""What a customer may do."""

# Beyond it uploads are refused with 413. The proxy in front has its own, see deploy/proxy.conf.
MAX_UPLOAD_MB = 250

# Calls of a key in a minute; beyond it they get 429.
MAX_REQUESTS_PER_MINUTE = 600
