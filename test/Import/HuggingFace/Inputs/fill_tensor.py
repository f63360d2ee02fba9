"""Fill a tensor of a safetensors file with one bit pattern.

fill_tensor.py FILE.safetensors TENSOR HEX
"""

import json
import sys
from pathlib import Path

path, name, pattern = Path(sys.argv[1]), sys.argv[2], bytes.fromhex(sys.argv[3])
data = bytearray(path.read_bytes())
start = 8 + int.from_bytes(data[:8], "little")
begin, end = json.loads(data[8:start])[name]["data_offsets"]
data[start + begin : start + end] = pattern * ((end - begin) // len(pattern))
path.write_bytes(data)
