// RUN: smelt-opt %s --ternary-make-variants --split-input-file --verify-diagnostics

// expected-error @below {{'smelt.variants' must list 1 to 31 variants}}
module attributes {smelt.variants = []} {}

// -----

// expected-error @below {{'smelt.variants' has the entry {cpu = "x86-64"}, which describes no variant}}
module attributes {smelt.variants = [{cpu = "x86-64"}]} {}

// -----

// expected-error @below {{'smelt.variants' has the entry {cpu = "x86-64", features = [1], name = "x86-64", target_features = []}, which describes no variant}}
module attributes {smelt.variants = [{name = "x86-64", cpu = "x86-64", features = [1], target_features = []}]} {}

// -----

module attributes {smelt.variants = [
    {name = "x86-64", cpu = "x86-64", features = [], target_features = []}]} {
// expected-error @below {{name 'variant_in_use' is taken}}
func.func @variant_in_use() {
  return
}
}
