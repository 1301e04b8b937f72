"""False statements by each assertion that a module of tests uses: none of them may pass.

They are what a test that must fail says (see `lcbrb.sandbox.inside.unit_tests`): where an assertion
has been replaced by one that holds whatever it is given, one of them does not raise.
"""

from __future__ import annotations

import re

_USED = re.compile(r"\b(assert\w*)\b")
_ARRAYS = "import numpy.testing; numpy.testing.{name}([1.0, 2.0], [1.0, 3.0])"
_MOCKS = "from unittest.mock import Mock; Mock().{call}"
#: by name; what is written by hand in every test module is there always
_ALWAYS = {
    "assert": "assert 1 == 2",
    "assertEqual": "self.assertEqual(1, 2)",
    "assertTrue": "self.assertTrue(False)",
}
_STATEMENTS = {
    "assertFalse": "self.assertFalse(True)",
    "assertNotEqual": "self.assertNotEqual(1, 1)",
    "assertIn": "self.assertIn(1, [2])",
    "assertNotIn": "self.assertNotIn(1, [1])",
    "assertIs": "self.assertIs([], [])",
    "assertIsNot": "self.assertIsNot(None, None)",
    "assertIsNone": "self.assertIsNone(1)",
    "assertIsNotNone": "self.assertIsNotNone(None)",
    "assertIsInstance": "self.assertIsInstance(1, str)",
    "assertNotIsInstance": "self.assertNotIsInstance(1, int)",
    "assertAlmostEqual": "self.assertAlmostEqual(1.0, 2.0)",
    "assertNotAlmostEqual": "self.assertNotAlmostEqual(1.0, 1.0)",
    "assertGreater": "self.assertGreater(1, 2)",
    "assertGreaterEqual": "self.assertGreaterEqual(1, 2)",
    "assertLess": "self.assertLess(2, 1)",
    "assertLessEqual": "self.assertLessEqual(2, 1)",
    "assertListEqual": "self.assertListEqual([1], [2])",
    "assertTupleEqual": "self.assertTupleEqual((1,), (2,))",
    "assertSetEqual": "self.assertSetEqual({1}, {2})",
    "assertDictEqual": "self.assertDictEqual({1: 1}, {1: 2})",
    "assertCountEqual": "self.assertCountEqual([1, 1], [1, 2])",
    "assertSequenceEqual": "self.assertSequenceEqual([1], [2])",
    "assertMultiLineEqual": "self.assertMultiLineEqual('a', 'b')",
    "assertRegex": "self.assertRegex('a', 'b')",
    "assertRaises": "with self.assertRaises(ValueError): pass",
    "assertRaisesRegex": "with self.assertRaisesRegex(ValueError, 'a'): pass",
    "assertLogs": "with self.assertLogs(): pass",
    "assert_called": _MOCKS.format(call="assert_called()"),
    "assert_called_once": _MOCKS.format(call="assert_called_once()"),
    "assert_called_with": _MOCKS.format(call="assert_called_with(1)"),
    "assert_called_once_with": _MOCKS.format(call="assert_called_once_with(1)"),
    "assert_any_call": _MOCKS.format(call="assert_any_call(1)"),
    "assert_has_calls": "from unittest.mock import Mock, call; Mock().assert_has_calls([call(1)])",
    "assert_not_called": "from unittest.mock import Mock; m = Mock(); m(); m.assert_not_called()",
    "assert_array_equal": _ARRAYS.format(name="assert_array_equal"),
    "assert_array_almost_equal": _ARRAYS.format(name="assert_array_almost_equal"),
    "assert_almost_equal": _ARRAYS.format(name="assert_almost_equal"),
    "assert_allclose": _ARRAYS.format(name="assert_allclose"),
    "assert_equal": _ARRAYS.format(name="assert_equal"),
    "assert_frame_equal": "import pandas; pandas.testing.assert_frame_equal("
    "pandas.DataFrame({'a': [1]}), pandas.DataFrame({'a': [2]}))",
    "assert_series_equal": "import pandas; pandas.testing.assert_series_equal("
    "pandas.Series([1]), pandas.Series([2]))",
}


def false_statements(tests: str) -> list[str]:
    """Statements of Python that raise AssertionError in a test method, in a fixed order."""
    used = set(_USED.findall(tests))
    return [*_ALWAYS.values(), *(text for name, text in _STATEMENTS.items() if name in used)]
