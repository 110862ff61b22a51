import random
import sys
import unittest

import test_store

tests = [test for suite in unittest.defaultTestLoader.loadTestsFromModule(test_store) for test in suite]
random.Random(sys.argv[1]).shuffle(tests)
repeated = tests + tests[::-1]
result = unittest.TextTestRunner(verbosity=0).run(unittest.TestSuite([type(t)(t._testMethodName) for t in repeated]))
sys.exit(0 if result.wasSuccessful() else 1)
