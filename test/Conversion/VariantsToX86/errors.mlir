// RUN: smelt-opt %s --convert-variants-to-x86="name=net" --split-input-file --verify-diagnostics

module attributes {smelt.variants = [
    {name = "a", cpu = "a", features = [], target_features = []}]} {
func.func private @variant_in_use() -> i32
// expected-error @below {{name 'net_variant' is taken}}
func.func @net_variant() {
  return
}
}

// -----

module attributes {smelt.variants = [
    {name = "a", cpu = "a", features = [], target_features = []}]} {
func.func private @variant_in_use() -> i32
// expected-error @below {{name 'net_use_variant' is taken}}
func.func @net_use_variant() {
  return
}
}

// -----

// expected-error @below {{'smelt.variants' must list 1 to 31 variants}}
module attributes {smelt.variants = 1} {}
