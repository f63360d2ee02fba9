"""Decode the tokens of a golden file and compare them with its text."""

import json
import subprocess
import sys
from pathlib import Path

golden = json.loads(Path(sys.argv[2]).read_text("utf-8"))
command = ["smelt-test-tokenizer", "decode", sys.argv[1]]
decoded = subprocess.run(
    command + [str(token) for token in golden["ids"]], check=True, capture_output=True
).stdout.decode()
# The golden text has the space that encoding puts before the first word.
text = golden["text"].removeprefix(" ")
assert decoded == text, (decoded, text)
print(len(golden["ids"]), "tokens decoded")
