# emit.sh FILE DIRECTORY [OPTIONS…]
set -e
file=$1
directory=$2
shift 2
smelt-opt --lower-to-emitc --mlir-print-debuginfo "$file" \
  -o "$directory/model.mlir"
for kind in emit-c:c emit-c-header:h; do
  smelt-translate --${kind%:*} --c-header=model.h "$@" \
    "$directory/model.mlir" -o "$directory/model.${kind#*:}"
done
