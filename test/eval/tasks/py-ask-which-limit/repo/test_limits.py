import re
import unittest

import limits


class Limits(unittest.TestCase):
    def test_the_proxy_lets_uploads_through(self):
        with open("deploy/proxy.conf") as conf:
            megabytes = int(re.search(r"client_max_body_size (\d+)m", conf.read()).group(1))
        self.assertGreaterEqual(megabytes, limits.MAX_UPLOAD_MB)


if __name__ == "__main__":
    unittest.main()
