// RUN: smelt-opt %s --ternary-pack-weights --split-input-file --verify-diagnostics

func.func @not_ternary() {
  // expected-error @below {{has the weight 2, which is not ternary}}
  %w = ternary.weights dense<[1, 2]> : tensor<2xi8> -> <1x2 : dense>
  return
}

// -----

func.func @layout() {
  // expected-error @below {{attribute 'smelt.layout' must name a layout of ternary weights}}
  %w = ternary.weights dense<[1, 0]> : tensor<2xi8> {smelt.layout = "int8"} -> <1x2 : dense>
  return
}

// -----

func.func @no_data() {
  // expected-error @below {{has no readable data}}
  %w = ternary.weights dense_resource<missing> : tensor<2xi8> -> <1x2 : dense>
  return
}
