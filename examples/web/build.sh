#!/usr/bin/env bash
# Compiles the example's networks to WebAssembly and puts the page beside them.
# usage: examples/web/build.sh BUILD, which makes BUILD/web
set -euo pipefail

build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
out=$build/web
mkdir -p "$out"

for variant in "wasm32 " "wasm32-simd128 -simd"; do
  read -r target suffix <<<"$variant"
  # The input is grey levels 0..255, which stand for 0..1.
  "$build/bin/smelt" compile ../mnist/TFC_2W2A.onnx --name digits \
    --input-type u8 --input-range 0:255=0:1 \
    --target "$target" -o "$out/digits$suffix.wasm"
  "$build/bin/smelt" compile ../stories --name story \
    --target "$target" -o "$out/story$suffix.wasm"
done
./tokenizer.py ../stories/tokenizer.model >"$out/tokenizer.json"
cp ../mnist/digits.npy ./*.html ./*.css ./*.js package.json "$out"

cat <<EOF
$out
  digits.wasm $(stat -c %s "$out/digits.wasm") bytes, digits-simd.wasm $(stat -c %s "$out/digits-simd.wasm") bytes
  story.wasm $(stat -c %s "$out/story.wasm") bytes, story-simd.wasm $(stat -c %s "$out/story-simd.wasm") bytes
Serve it, and open http://localhost:8000 :
  python3 -m http.server --bind localhost --directory $out
EOF
