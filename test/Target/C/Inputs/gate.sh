# gate.sh DIRECTORY
set -e
cd "$1"
strict="-std=c99 -pedantic -Wall -Wextra -Wstrict-prototypes -Wmissing-prototypes
  -Wshadow -Wcast-qual -Werror"
for compiler in gcc clang-19; do
  $compiler $strict -O2 -mgeneral-regs-only -c model.c -o model.$compiler.o
  # Compilers make these three of loops; freestanding C has to have them.
  foreign=$(nm -u model.$compiler.o | grep -v -w -e memcpy -e memmove -e memset -e : || true)
  if [ -n "$foreign" ]; then
    echo "model.c needs:$foreign" >&2
    exit 1
  fi
  [ -f main.c ] || continue
  $compiler $strict -O1 -g -fsanitize=undefined,address \
    -fno-sanitize-recover=all main.c model.c -o main.$compiler
  ./main.$compiler > out.$compiler
  $compiler $strict -O2 main.c model.$compiler.o -o main.$compiler.fast
  ./main.$compiler.fast | cmp - out.$compiler
done
printf '#include "model.h"\n' > header.cpp
c++ -Wall -Wextra -pedantic -Werror -fsyntax-only header.cpp
[ -f main.c ] || exit 0
cmp out.gcc out.clang-19
cat out.gcc
