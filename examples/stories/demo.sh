#!/usr/bin/env bash
# Compiles the language model of this folder to a program, and lets it tell a
# story.
# usage: examples/stories/demo.sh BUILD
set -euo pipefail

build=$(cd "$1" && pwd)
cd "$(dirname "$0")"
out=$build/demo
mkdir -p "$out"

"$build/bin/smelt" compile . --name story -o "$out/story"
"$build/bin/smelt" compile . --name story --block 1 -o "$out/story.c"
"${CC:-cc}" -std=c99 -O2 -Wall -Wextra -c "$out/story.c" -o "$out/story.o"

echo
"$out/story" -p "Once upon a time" -n 240 --temperature 0.5 --top-p 0.9 --seed 3

read -r text data bss _ < <(size "$out/story.o" | tail -n 1)
state=$(awk '$2 == "STORY_DECODE_STATE_SIZE" { print $3 }' "$out/story.h")
cat <<EOT

$(printf '%8d' "$(stat -c %s "$out/story")") bytes of the program, with its tokenizer and the C++ library
$(printf '%8d' "$(stat -c %s model.safetensors)") bytes of model.safetensors, whose embedding is fp32
$(printf '%8d' "$((text + data))") bytes of flash for all of the network as C: code, weights, tables
$(printf '%8d' "$((bss + state))") bytes of RAM, $state of them for the keys and values of 512 tokens

The program $1/demo/story needs no other file: story --help. See
examples/stories/README.md.
EOT
