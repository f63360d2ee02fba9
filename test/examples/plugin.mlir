// RUN: smelt-opt %s --load-pass-plugin=%smelt_obj/lib/ReportWeights.so --pass-pipeline="builtin.module(func.func(report-weights))" --split-input-file | FileCheck %s
// RUN: smelt-opt %s --load-dialect-plugin=%smelt_obj/lib/ReportWeights.so --split-input-file --verify-diagnostics
// RUN: smelt-opt --load-pass-plugin=%smelt_obj/lib/ReportWeights.so --help | FileCheck %s --check-prefix=HELP
// RUN: smelt-opt --load-dialect-plugin=%smelt_obj/lib/ReportWeights.so --show-dialects | FileCheck %s --check-prefix=DIALECTS

// It also builds alone, against this build.
// RUN: rm -rf %t && cmake -S %smelt_src/examples/plugin -B %t -DSMELT_BUILD=%smelt_obj -DCMAKE_CXX_COMPILER=clang++-19 > %t.log
// RUN: cmake --build %t >> %t.log
// RUN: smelt-opt %s --load-pass-plugin=%t/ReportWeights.so --pass-pipeline="builtin.module(func.func(report-weights))" --split-input-file | FileCheck %s

// HELP: --report-weights {{.*}} Count the weights that are zero
// DIALECTS: ,report,

// CHECK-LABEL: func.func @weights
// CHECK: ternary.weights {{.*}} {report.zeros = 3 : i64} -> <2x5 : base3>
func.func @weights() -> !ternary.weights<2x5 : base3> {
  %w = ternary.weights dense<[221, 198]> : tensor<2xi8> -> <2x5 : base3>
  return %w : !ternary.weights<2x5 : base3>
}

// -----

// Without the dialect, the attribute is anything.
// CHECK-LABEL: func.func @attribute
// expected-error @below {{attribute "report.zeros" must be an integer}}
func.func @attribute() attributes {report.zeros = "many"} {
  return
}
