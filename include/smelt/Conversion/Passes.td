//===- Passes.td -------------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_CONVERSION_PASSES_TD
#define SMELT_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryConvertToInteger
    : Pass<"ternary-convert-to-integer", "::mlir::ModuleOp"> {
  let summary = "Turn a quantized float network into integer arithmetic";
  let description = [{
    Rewrites each function on f32 tensors whose activations are rounded by
    `ternary.fake_quant` or `ternary.binarize`, and whose weights come from
    `ternary.dequantize_weights`, into one on integer tensors.

    Every float value is followed as an integer tensor with scales, offsets and a
    clamp that are still to be carried out. Biases, batch norms, multiplications
    by constants and ReLUs only change those; the next rounding carries all of
    them out as one `ternary.requantize`. Where a value is used before it is
    rounded, it is rounded to 32 bits.

    An input's integers are those of the rounding it reaches, or, with an argument
    attribute `smelt.input`, a sensor's own. Arguments and results get
    `smelt.scale`, `smelt.zero_point` and `smelt.unsigned`:
    real = scale * (q - zero_point). All ops without an integer form are reported
    at once.
  }];
  let dependentDialects = ["::smelt::ternary::TernaryDialect",
                           "::mlir::tosa::TosaDialect"];
}

//===----------------------------------------------------------------------===//
// MemRefCopyToLinalg
//===----------------------------------------------------------------------===//

def ConvertMemRefCopyToLinalg
    : Pass<"convert-memref-copy-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "Turn copies of strided memrefs into linalg.copy";
  let description = [{
    `finalize-memref-to-llvm` lowers the copy of a memref that is not contiguous
    to a call of a runtime library. As a `linalg.copy` it becomes loops instead.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

//===----------------------------------------------------------------------===//
// TernaryFloatToLinalg
//===----------------------------------------------------------------------===//

def ConvertTernaryFloatToLinalg
    : Pass<"convert-ternary-float-to-linalg", "::mlir::func::FuncOp"> {
  let summary = "Lower the ternary ops of float networks to linalg";
  let description = [{
    Lowers `fake_quant`, `binarize`, `dequantize_weights`, and the f32 forms of
    `activation`, `softmax` and `log_softmax`, to `linalg.generic` with `arith` and `math` in
    its body, for running a network in float arithmetic. Weights become f32
    constants; they must be in the layout `dense` or `int8`.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def ConvertTernaryToLoops
    : Pass<"convert-ternary-to-loops", "::mlir::ModuleOp"> {
  let summary = "Lower ternary ops on memrefs to loops on integers";
  let description = [{
    Replaces each compute op in memref form by `scf.for` loops over
    one-dimensional views of its operands. Packed weights become constant globals
    of bytes, and arguments of type `!ternary.weights` memrefs of bytes.

    A matrix product with one vector reads row-aligned `twobit`, `base3` and
    `bitplane` weights straight from their bytes; otherwise a row of weights is
    unpacked once into a small array and then used for all outputs. A depthwise
    convolution, and one of few weights, unpacks them all and computes the output
    channels of a position together. Activations call the
    private functions `@exp2_negative` and `@logistic` on the table `@exp2_table`.

    Products of i8 with weights of the layout `columns` add four columns at a time
    to the 16-bit sums of a tile of rows, in a loop of constant length that C
    compilers vectorize.

    With `features` of an x86 processor, products of i8 with interleaved weights
    use its vectors, through LLVM's intrinsics. For one vector, weights are
    multiplied as they are unpacked, 16 rows at a time; for several, 16 or 32
    rows are unpacked first, and are then multiplied with as many vectors as
    sums fit in registers. With `fast-vpermw`, which is no name of LLVM's, fields
    of base 3 are not unpacked to multiply several vectors: each looks up the
    sum of three products in a table of its inputs' 27 sums. Functions of one
    byte are looked up in registers that hold their tables. With `amx-int8`,
    several vectors are multiplied by AMX's matrix registers, for which Linux is
    asked first if `ask-for-amx`, no name of LLVM's either, is given. The
    `smelt.features` of a function go before the option.
  }];
  let options = [
    ListOption<"features", "features", "std::string",
               "LLVM's names of features of the processor (sse2, ssse3, avx2, "
               "avxvnni, avx512bw, avx512vnni, avx512vbmi, amx-int8), "
               "fast-vpermw and ask-for-amx">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def LowerToEmitC : Pass<"lower-to-emitc", "::mlir::ModuleOp"> {
  let summary = "Lower bufferized integer code to EmitC";
  let description = [{
    Converts `func`, `scf`, `arith` and `memref` with static shapes (and
    `affine` index arithmetic) to EmitC in one conversion. A memref becomes a
    pointer to its first element, `index` becomes a 32-bit integer, and every
    conversion that C does implicitly and that matters is an explicit
    `emitc.cast`: an operation on integers narrower than 32 bits has the result
    type i32.

    Signed `arith` operations are taken not to overflow; earlier passes prove
    it. Unsigned operations and left shifts go through unsigned types. An
    argument of a public function with the attribute `smelt.unsigned` becomes a
    pointer to unsigned integers.

    A loaded value is `emitc.apply "*"`, read where the operation stands; a
    store is an `emitc.assign` to an `emitc.subscript`. Arguments get the
    attribute `smelt.shape`, calls the attribute `smelt.operand_types`.
  }];
  let dependentDialects = ["::mlir::emitc::EmitCDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

//===----------------------------------------------------------------------===//
// ThreadsToOpenMP
//===----------------------------------------------------------------------===//

def ConvertThreadsToOpenMP
    : Pass<"convert-threads-to-openmp", "::mlir::ModuleOp"> {
  let summary = "Run parallel calls in the LLVM dialect by an OpenMP runtime";
  let description = [{
    Lowers what `ternary-share-work` left: a call marked `smelt.parallel` becomes
    `GOMP_parallel` of a function that makes it, by 128 threads at most, and the
    functions of threads are called by their OpenMP names. Both GCC's libgomp and
    LLVM's libomp have these functions. Threads wait for one another in a function
    that the pass defines, which calls POSIX's `sched_yield`.

    The pass also defines where the work of each thread begins. A thread that was
    done with its product before others, and so looked more often whether they
    were in the wait after its call of `thread_reads`, gets more of the work in
    the next call by as many threads, if each has a processor.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

//===----------------------------------------------------------------------===//
// VariantsToX86
//===----------------------------------------------------------------------===//

def ConvertVariantsToX86
    : Pass<"convert-variants-to-x86", "::mlir::ModuleOp"> {
  let summary = "Choose a variant of the code by the x86-64 processor it runs on";
  let description = [{
    Defines what `ternary-make-variants` left: `variant_in_use` becomes the public
    function `NAME_variant`, which returns the number of the last variant of
    `smelt.variants` that the processor can run, and remembers it. The first one is
    taken to run everywhere.

    A processor can run a variant if CPUID has the bits of all of its
    `target_features`, and the operating system keeps their registers (XCR0).
    Features whose instructions only intrinsics of their own make, which kernels
    are without, do not matter. With `requests_tiles`, Linux is asked for the data
    of AMX's tiles, too, and must grant it.

    The public function `NAME_use_variant` takes another number: that variant is
    called from then on, if the processor can run it. It returns the number of the
    one that is.

    Threads that choose at once choose the same; the choice is stored atomically.
    A module without `variant_in_use` is left as it is.
  }];
  let options = [
    Option<"name", "name", "std::string", /*default=*/"\"network\"",
           "What the names of the functions begin with">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

//===----------------------------------------------------------------------===//
// VectorMemoryToLLVM
//===----------------------------------------------------------------------===//

def ConvertVectorMemoryToLLVM
    : Pass<"convert-vector-memory-to-llvm", "::mlir::ModuleOp"> {
  let summary = "Lower vector.load and vector.store to the LLVM dialect";
  let description = [{
    `convert-vector-to-llvm` takes an index to have 64 bits. Addresses of targets
    with fewer need these two ops lowered with an index of their own.
  }];
  let options = [Option<"indexBitwidth", "index-bitwidth", "unsigned",
                        /*default=*/"0",
                        "Bits of an index; 0 for the machine's">];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif
