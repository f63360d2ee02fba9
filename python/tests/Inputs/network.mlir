#loc2 = loc("network.mlir":2:17)
"builtin.module"() ({
  "func.func"() <{arg_attrs = [{smelt.name = "image", smelt.scale = 3.900000e-03 : f64, smelt.unsigned, smelt.zero_point = 0 : i64}], function_type = (tensor<1x4x4x2xi8>) -> (tensor<1x3xi16>, tensor<1x2x2x2xi8>), res_attrs = [{smelt.name = "scores", smelt.scale = 1.000000e-02 : f64}, {smelt.name = "pooled"}], sym_name = "main"}> ({
  ^bb0(%arg0: tensor<1x4x4x2xi8> loc("network.mlir":2:17)):
    %0 = "tosa.const"() <{value = dense<-128> : tensor<1x1x1x1xi8>}> : () -> tensor<1x1x1x1xi8> loc(#loc3)
    %1 = "tosa.bitwise_xor"(%arg0, %0) : (tensor<1x4x4x2xi8>, tensor<1x1x1x1xi8>) -> tensor<1x4x4x2xi8> loc(#loc4)
    %2 = "ternary.weights"() <{data = dense_resource<conv> : tensor<4xi8>}> : () -> !ternary.weights<2x2x2x2 : bitplane> loc(#loc5)
    %3 = "tosa.const"() <{value = dense<[1, 2]> : tensor<2xi32>}> : () -> tensor<2xi32> loc(#loc6)
    %4 = "tosa.const"() <{value = dense<8> : tensor<1xi64>}> : () -> tensor<1xi64> loc(#loc7)
    %5 = "ternary.conv2d"(%1, %2, %3, %4) <{dilation = array<i64: 1, 1>, groups = 1 : i64, operandSegmentSizes = array<i32: 1, 1, 0, 1, 1, 0>, pad = array<i64: 0, 1, 0, 1>, rescale = #ternary.rescale<shift = 4, min = 0, max = 127>, stride = array<i64: 1, 1>}> : (tensor<1x4x4x2xi8>, !ternary.weights<2x2x2x2 : bitplane>, tensor<2xi32>, tensor<1xi64>) -> tensor<1x4x4x2xi8> loc(#loc17)
    %6 = "tosa.max_pool2d"(%5) <{kernel = array<i64: 2, 2>, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 2, 2>}> : (tensor<1x4x4x2xi8>) -> tensor<1x2x2x2xi8> loc(#loc9)
    %7 = "tosa.const"() <{value = dense<"0x00000000030000000100000002000000"> : tensor<4xi32>}> : () -> tensor<4xi32> loc(#loc10)
    %8 = "tosa.transpose"(%6, %7) : (tensor<1x2x2x2xi8>, tensor<4xi32>) -> tensor<1x2x2x2xi8> loc(#loc11)
    %9 = "tosa.reshape"(%8) <{new_shape = array<i64: 1, 8>}> : (tensor<1x2x2x2xi8>) -> tensor<1x8xi8> loc(#loc12)
    %10 = "ternary.weights"() <{data = dense<"0xF21A753D65"> : tensor<5xi8>}> : () -> !ternary.weights<3x8 : base3> loc(#loc13)
    %11 = "ternary.matmul"(%9, %10) <{operandSegmentSizes = array<i32: 1, 1, 0, 0, 0, 0>}> : (tensor<1x8xi8>, !ternary.weights<3x8 : base3>) -> tensor<1x3xi32> loc(#loc18)
    %12 = "tosa.const"() <{value = dense<"0x010000000200000003000000"> : tensor<3xi32>}> : () -> tensor<3xi32> loc(#loc14)
    %13 = "tosa.const"() <{value = dense<"0x0000000000000000FFFFFFFFFFFFFFFF0100000000000000"> : tensor<3xi64>}> : () -> tensor<3xi64> loc(#loc15)
    %14 = "ternary.requantize"(%11, %12, %13) <{rescale = #ternary.rescale<shift = 0, min = -32768, max = 32767>}> : (tensor<1x3xi32>, tensor<3xi32>, tensor<3xi64>) -> tensor<1x3xi16> loc(#loc13)
    "func.return"(%14, %6) : (tensor<1x3xi16>, tensor<1x2x2x2xi8>) -> () loc(#loc16)
  }) : () -> () loc(#loc1)
}) {smelt.model = "small"} : () -> () loc(#loc)
#loc = loc("network.mlir":1:1)
#loc1 = loc("network.mlir":2:1)
#loc3 = loc("network.mlir":3:10)
#loc4 = loc("input")
#loc5 = loc("network.mlir":5:9)
#loc6 = loc("network.mlir":6:9)
#loc7 = loc("network.mlir":7:9)
#loc8 = loc("small.onnx":0:0)
#loc9 = loc("pool1")
#loc10 = loc("network.mlir":10:11)
#loc11 = loc("network.mlir":11:8)
#loc12 = loc("network.mlir":12:8)
#loc13 = loc("fc1")
#loc14 = loc("network.mlir":15:9)
#loc15 = loc("network.mlir":16:9)
#loc16 = loc("network.mlir":18:3)
#loc17 = loc("conv1"(#loc8))
#loc18 = loc("fc1"(#loc8))

{-#
  dialect_resources: {
    builtin: {
      conv: "0x1000000003004002"
    }
  }
#-}

