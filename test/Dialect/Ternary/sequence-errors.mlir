// RUN: smelt-opt %s --split-input-file --verify-diagnostics

func.func @embed_ids(%i: tensor<3x1xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{ids must be a vector of i32}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3x1xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_rank(%i: tensor<3xi32>, %w: !ternary.weights<9x2x2x2 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{weights must have rank 2}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x2x2x2 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_result(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{result must be 3 x 8}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @embed_planes(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : dense, planes = 2>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{needs scales for weights of several planes}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : dense, planes = 2>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_scales(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>, %s: tensor<1x8x1xi16>) {
  // expected-error @below {{scales must be i16 of shape [1, 9, groups]}}
  %0 = ternary.embed %i, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<1x8x1xi16>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_interleaved_scales(%i: tensor<3xi32>, %w: !ternary.weights<17x8 : int8, interleaved>, %m: tensor<1xi32>, %b: tensor<1xi64>, %s: tensor<1x17x1xi16>) {
  // expected-error @below {{scales must be i16 of shape [1, 2, groups, 16]}}
  %0 = ternary.embed %i, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<17x8 : int8, interleaved>, tensor<1x17x1xi16>, tensor<1xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_groups(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>, %s: tensor<1x9x9xi16>) {
  // expected-error @below {{has 9 groups for 8 columns}}
  %0 = ternary.embed %i, %w scales (%s) requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<1x9x9xi16>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_multiplier(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<8xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{multiplier must have 1 or 9 elements}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<8xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_offset(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi32>) {
  // expected-error @below {{offset must have elements of type i64}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 9> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi32>) -> tensor<3x8xi32>
  return
}

// -----

func.func @embed_clamp(%i: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{clamp [-9, 200] does not fit into 'i8'}}
  %0 = ternary.embed %i, %w requantize (%m, %b) <shift = 3, min = -9, max = 200> : (tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi8>
  return
}

// -----

func.func @rope_rank(%x: tensor<6x8xi32>, %t: tensor<16x6xi16>, %p: tensor<1xi32>) {
  // expected-error @below {{input and result must be i32 of rank 3}}
  %0 = ternary.rope %x, %t at %p : (tensor<6x8xi32>, tensor<16x6xi16>, tensor<1xi32>) -> tensor<6x8xi32>
  return
}

// -----

func.func @rope_type(%x: tensor<3x2x8xi32>, %t: tensor<16x6xi16>, %p: tensor<1xi32>) {
  // expected-error @below {{input and result must be i32 of rank 3}}
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<1xi32>) -> tensor<3x2x8xi16>
  return
}

// -----

func.func @rope_table(%x: tensor<3x2x8xi32>, %t: tensor<16x5xi16>, %p: tensor<1xi32>) {
  // expected-error @below {{table must be i16 of positions x an even number up to 8}}
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x5xi16>, tensor<1xi32>) -> tensor<3x2x8xi32>
  return
}

// -----

func.func @rope_table_size(%x: tensor<3x2x8xi32>, %t: tensor<16x10xi16>, %p: tensor<1xi32>) {
  // expected-error @below {{table must be i16 of positions x an even number up to 8}}
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x10xi16>, tensor<1xi32>) -> tensor<3x2x8xi32>
  return
}

// -----

func.func @rope_shape(%x: tensor<3x2x8xi32>, %t: tensor<16x6xi16>, %p: tensor<1xi32>) {
  // expected-error @below {{input and result must have the same shape}}
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<1xi32>) -> tensor<2x3x8xi32>
  return
}

// -----

func.func @rope_position(%x: tensor<3x2x8xi32>, %t: tensor<16x6xi16>, %p: tensor<2xi32>) {
  // expected-error @below {{needs one position of i32 for each of 3 sequences}}
  %0 = ternary.rope %x, %t at %p : (tensor<3x2x8xi32>, tensor<16x6xi16>, tensor<2xi32>) -> tensor<3x2x8xi32>
  return
}

// -----

func.func @cache_type(%c: tensor<9x2xi8>, %r: tensor<1x2xi8>, %p: tensor<1xi32>) {
  // expected-error @below {{cache and result must have the same type}}
  %0 = ternary.cache_write %c, rows %r at %p : (tensor<9x2xi8>, tensor<1x2xi8>, tensor<1xi32>) -> tensor<8x2xi8>
  return
}

// -----

func.func @cache_rows(%c: tensor<9x2xi8>, %r: tensor<1x3xi8>, %p: tensor<1xi32>) {
  // expected-error @below {{rows must be like those of the cache}}
  %0 = ternary.cache_write %c, rows %r at %p : (tensor<9x2xi8>, tensor<1x3xi8>, tensor<1xi32>) -> tensor<9x2xi8>
  return
}

// -----

func.func @cache_missing(%r: tensor<1x2xi8>, %p: tensor<1xi32>) {
  // expected-error @below {{needs either a cache or a destination ('into')}}
  %0 = ternary.cache_write rows %r at %p : (tensor<1x2xi8>, tensor<1xi32>) -> tensor<9x2xi8>
  return
}

// -----

func.func @cache_position(%c: tensor<9x2xi8>, %r: tensor<1x2xi8>, %p: tensor<1xi64>) {
  // expected-error @below {{position must be one i32}}
  %0 = ternary.cache_write %c, rows %r at %p : (tensor<9x2xi8>, tensor<1x2xi8>, tensor<1xi64>) -> tensor<9x2xi8>
  return
}

// -----

func.func @cache_parts(%c: tensor<4x9x2xi8>, %r: tensor<3x2xi8>, %p: tensor<3xi32>) {
  // expected-error @below {{cache must have a part for each of 3 rows}}
  %0 = ternary.cache_write %c, rows %r at %p : (tensor<4x9x2xi8>, tensor<3x2xi8>, tensor<3xi32>) -> tensor<4x9x2xi8>
  return
}

// -----

func.func @cache_positions(%c: tensor<3x9x2xi8>, %r: tensor<3x2xi8>, %p: tensor<1xi32>) {
  // expected-error @below {{needs one position of i32 for each of 3 sequences}}
  %0 = ternary.cache_write %c, rows %r at %p : (tensor<3x9x2xi8>, tensor<3x2xi8>, tensor<1xi32>) -> tensor<3x9x2xi8>
  return
}

// -----

func.func @attention_parts(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<2x16x2x8xi8>, %ka: tensor<2x16x2xi32>, %p: tensor<3xi32>) {
  // expected-error @below {{cache must have a part for each of 3 rows}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %k by %ka at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<2x16x2x8xi8>, tensor<2x16x2xi32>, tensor<2x16x2x8xi8>, tensor<2x16x2xi32>, tensor<3xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_rank(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<3x16x2x8xi8>, %ka: tensor<3x16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<3xi32>) {
  // expected-error @below {{v must be i8 or i16 of rank 4}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<3x16x2x8xi8>, tensor<3x16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<3xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_positions(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<3x16x2x8xi8>, %ka: tensor<3x16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{needs one position of i32 for each of 3 sequences}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %k by %ka at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<3x16x2x8xi8>, tensor<3x16x2xi32>, tensor<3x16x2x8xi8>, tensor<3x16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_q(%q: tensor<3x4x8xi32>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{q must be i8 or i16 of rank 3}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi32>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_q_absmax(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi64>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{q needs one absmax of i32 for each row}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi64>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_k(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x8xi8>, %ka: tensor<16xi32>, %v: tensor<16x8xi8>, %va: tensor<16xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{k must be i8 or i16 of rank 3}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x8xi8>, tensor<16xi32>, tensor<16x8xi8>, tensor<16xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_k_absmax(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<15x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{k needs one absmax of i32 for each row}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<15x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_v_absmax(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<15x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{v needs one absmax of i32 for each row}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<15x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_types(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi16>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{k and v must have the same type}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi16>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_size(%q: tensor<3x4x9xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{heads must have the same size, from 1 to 256}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x9xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x9xi32>
  return
}

// -----

func.func @attention_heads(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x3x8xi8>, %ka: tensor<16x3xi32>, %v: tensor<16x3x8xi8>, %va: tensor<16x3xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{cannot share 3 heads of keys among 4 heads}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x3x8xi8>, tensor<16x3xi32>, tensor<16x3x8xi8>, tensor<16x3xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_capacity(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<32769x2x8xi8>, %ka: tensor<32769x2xi32>, %v: tensor<32769x2x8xi8>, %va: tensor<32769x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{cache must have 1 to 32768 positions}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<32769x2x8xi8>, tensor<32769x2xi32>, tensor<32769x2x8xi8>, tensor<32769x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_result(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{result must be i32 in the shape of q}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x8x4xi32>
  return
}

// -----

func.func @attention_multiplier(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{multipliers must be in 2^30..2^31-1}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (2147483648, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_shift(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi32>) {
  // expected-error @below {{shifts must be in -126..126}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 127) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi32>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @attention_position(%q: tensor<3x4x8xi8>, %qa: tensor<3x4xi32>, %k: tensor<16x2x8xi8>, %ka: tensor<16x2xi32>, %v: tensor<16x2x8xi8>, %va: tensor<16x2xi32>, %p: tensor<1xi64>) {
  // expected-error @below {{position must be one i32}}
  %0 = ternary.attention %q by %qa keys %k by %ka values %v by %va at %p score (1073741824, 40) requantize (1073741824, 3) : (tensor<3x4x8xi8>, tensor<3x4xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<16x2x8xi8>, tensor<16x2xi32>, tensor<1xi64>) -> tensor<3x4x8xi32>
  return
}

// -----

func.func @wide_fraction(%x: tensor<4xi32>) {
  // expected-error @below {{needs a fraction in 0..24}}
  %0 = ternary.activation <silu> %x fraction 25 : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @wide_type(%x: tensor<4xi32>) {
  // expected-error @below {{input and result must have the same element type}}
  %0 = ternary.activation <silu> %x fraction 2 : (tensor<4xi32>) -> tensor<4xi16>
  return
}

// -----

func.func @wide_kind(%x: tensor<4xi32>) {
  // expected-error @below {{input must be f32 or i16}}
  %0 = ternary.activation <exp> %x fraction 2 : (tensor<4xi32>) -> tensor<4xi32>
  return
}

// -----

func.func @best_input(%x: tensor<3x9xi16>) {
  // expected-error @below {{input must be i32 of rank 2}}
  %0 = ternary.best %x : (tensor<3x9xi16>) -> tensor<3x2xi32>
  return
}

// -----

func.func @best_rank(%x: tensor<9xi32>) {
  // expected-error @below {{input must be i32 of rank 2}}
  %0 = ternary.best %x : (tensor<9xi32>) -> tensor<1x2xi32>
  return
}

// -----

func.func @best_count(%x: tensor<3x9xi32>) {
  // expected-error @below {{result must be i32 of 3 x 1 to 9}}
  %0 = ternary.best %x : (tensor<3x9xi32>) -> tensor<3x10xi32>
  return
}

// -----

func.func @best_none(%x: tensor<3x9xi32>) {
  // expected-error @below {{result must be i32 of 3 x 1 to 9}}
  %0 = ternary.best %x : (tensor<3x9xi32>) -> tensor<3x0xi32>
  return
}

// -----

func.func @best_type(%x: tensor<3x9xi32>) {
  // expected-error @below {{result must be i32 of 3 x 1 to 9}}
  %0 = ternary.best %x : (tensor<3x9xi32>) -> tensor<3x2xi16>
  return
}

// -----

func.func @refine_estimate(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{needs either an estimate or a destination ('into')}}
  %0 = ternary.refine at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_type(%e: tensor<3x8xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{estimate and result must have the same type}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x8xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_planes(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : dense, planes = 2>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{weights must have rank 2 and one plane}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : dense, planes = 2>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_input(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x7xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{input must be i8 or i16 of rows of 8}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x7xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_width(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi32>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{input must be i8 or i16 of rows of 8}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi32>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_result(%e: tensor<3x8xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{result must be i32 of 3 x 9}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x8xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x8xi32>
  return
}

// -----

func.func @refine_ids(%e: tensor<3x9xi32>, %ids: tensor<2x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{ids must be i32 of 3 rows}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<2x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_absmax(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<2xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{input needs one absmax of i32 for each row}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<2xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_shift(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{shift must be in 0..126}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 127 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_multiplier(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<8xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{multiplier must have 1 or 9 elements}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<8xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_bias(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<2xi64>) {
  // expected-error @below {{bias must have 1 or 9 elements}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [-9, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<2xi64>) -> tensor<3x9xi32>
  return
}

// -----

func.func @refine_clamp(%e: tensor<3x9xi32>, %ids: tensor<3x2xi32>, %x: tensor<3x8xi8>, %a: tensor<3xi32>, %w: !ternary.weights<9x8 : int8>, %m: tensor<9xi32>, %b: tensor<1xi64>) {
  // expected-error @below {{clamp [10, 9] does not fit into 'i32'}}
  %0 = ternary.refine %e, at %ids from %x by %a, %w, %m plus %b shift 3 to [10, 9] : (tensor<3x9xi32>, tensor<3x2xi32>, tensor<3x8xi8>, tensor<3xi32>, !ternary.weights<9x8 : int8>, tensor<9xi32>, tensor<1xi64>) -> tensor<3x9xi32>
  return
}
