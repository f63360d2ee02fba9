#!/usr/bin/env bash
# Compiles TFC_2W2A.onnx to integer C, builds that, and classifies digits with it.
# usage: examples/mnist/demo.sh BUILD
set -euo pipefail

build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
out=$build/demo
mkdir -p "$out"

# The input is grey levels 0..255, which stand for 0..1.
"$build/bin/smelt" compile TFC_2W2A.onnx --name tfc \
  --input-type u8 --input-range 0:255=0:1 -o "$out/tfc.c"
flags=(-std=c99 -O2 -Wall -Wextra)
"${CC:-cc}" "${flags[@]}" -c "$out/tfc.c" -o "$out/tfc.o"
"${CC:-cc}" "${flags[@]}" -I"$out" classify.c "$out/tfc.o" -o "$out/classify"

"$out/classify" digits.npy labels.npy

read -r text data bss _ < <(size "$out/tfc.o" | tail -n 1)
cat <<EOF

$(printf '%8d' "$(stat -c %s TFC_2W2A.onnx)") bytes of TFC_2W2A.onnx, whose weights are fp32
$(printf '%8d' "$(awk '$2 == "TFC_WEIGHT_BYTES" { print $3 }' "$out/tfc.h")") bytes of weights and tables in the C code
$(printf '%8d' "$((text + data))") bytes of flash for all of it: code, weights, tables
$(printf '%8d' "$bss") bytes of RAM

See $1/demo/tfc.h and tfc.c, and examples/mnist/README.md.
EOF
