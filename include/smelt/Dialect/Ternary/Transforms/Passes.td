//===- Passes.td -------------------------------------------*- tablegen -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_TD
#define SMELT_DIALECT_TERNARY_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def TernaryQuantizeWeights
    : Pass<"ternary-quantize-weights", "::mlir::ModuleOp"> {
  let summary = "Find integer codes and scales for constant f32 weights";
  let description = [{
    Replaces the constant weights of `tosa.fully_connected`, `tosa.conv2d` and
    `tosa.depthwise_conv2d` by `ternary.weights` and
    `ternary.dequantize_weights`. Weights that are ternary already, with a scale
    for the tensor, each row, or each group of columns, are kept exactly; so are,
    with `weights=auto` or `int8`, weights on a grid of at most 255 levels. Others
    are fitted. The attribute `smelt.error` of the dequantization is the norm of
    the difference over the norm of the weights.

    Where a layer has the attributes `smelt.mean` (`tensor<Kxf32>`) and
    `smelt.covariance` (`tensor<KxKxf32>`) of its inputs, the fit minimizes the
    expected error of the layer's outputs instead, and the bias makes up for the
    mean of what is left.
  }];
  let options = [
    Option<"weights", "weights", "std::string", /*default=*/"\"auto\"",
           "auto, ternary, int8, or a number of planes 1, 2, 3">,
    Option<"planes", "planes", "int64_t", /*default=*/"1",
           "Ternary planes fitted to float weights (1 to 3)">,
    Option<"groupSize", "group-size", "int64_t", /*default=*/"0",
           "Columns that share a scale in matrix products (0: a whole row)">,
    Option<"method", "method", "std::string", /*default=*/"\"optimal\"",
           "How one plane is fitted: optimal, absmean or twn">,
    ListOption<"layers", "layers", "std::string",
               "Rules PATTERN=auto|ternary|int8|1|2|3 for layers by name; the "
               "last that matches counts">
  ];
  let dependentDialects = ["::smelt::ternary::TernaryDialect",
                           "::mlir::tosa::TosaDialect"];
}

def TernaryFormActivations
    : Pass<"ternary-form-activations", "::mlir::ModuleOp"> {
  let summary = "Recognize activations that are spelled out";
  let description = [{
    Turns `x * sigmoid(x)` into `ternary.activation <silu>`, and `log(softmax(x))`
    into `ternary.log_softmax`.
  }];
  let dependentDialects = ["::smelt::ternary::TernaryDialect"];
}

def TernaryInstrumentInputs
    : Pass<"ternary-instrument-inputs", "::mlir::func::FuncOp"> {
  let summary = "Return the input of every layer with weights as well";
  let description = [{
    Adds the input of each `tosa.fully_connected`, `tosa.conv2d` and
    `tosa.depthwise_conv2d` to the function's results, in order.
  }];
}

def TernaryInstrumentRanges
    : Pass<"ternary-instrument-ranges", "::mlir::func::FuncOp"> {
  let summary = "Return the range of every activation as well";
  let description = [{
    Adds one result, a `tensor<Nx2xf32>` of the least and the largest value of
    each of the function's N calibration points: its f32 arguments, then the f32
    results that depend on them, in order (`collectCalibrationPoints`).
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

def TernaryQuantizeActivations
    : Pass<"ternary-quantize-activations", "::mlir::func::FuncOp"> {
  let summary = "Round activations to integers by their observed ranges";
  let description = [{
    Puts a `ternary.fake_quant` after each activation that is stored and not
    rounded yet, by the range in its attribute `smelt.range`. An activation that
    only a constant scaling, a clamp, a rounding or the return uses is not stored.

    - What a smooth function reads gets 16 bits with a power of two as scale.
    - An input whose channels are scaled one by one gets 16 bits. An input with
      `smelt.input`, which states its type, is left alone.
    - Others get 8 bits (or 16, by the option) that span the range from the least
      to the largest value; where a convolution pads the value, zero is the
      integer 0.

    Values without a range are an error that counts them.
  }];
  let options = [
    Option<"bits", "bits", "int64_t", /*default=*/"8",
           "Bits of a stored activation: 8 or 16">
  ];
  let dependentDialects = ["::smelt::ternary::TernaryDialect"];
}

def TernaryPackWeights : Pass<"ternary-pack-weights", "::mlir::ModuleOp"> {
  let summary = "Give ternary weights the layout that a kernel strategy reads";
  let description = [{
    Rewrites the data of every `ternary.weights` that is ternary to the given
    layout. An op's attribute `smelt.layout` goes before the option. For `columns`,
    weights of few rows, and those that an op reads that cannot multiply them by
    columns, become `bitplane`. With
    `interleave`, all weights that only products of i8 and embeddings read are
    interleaved where their layout can be, and their scales likewise. Weights that
    are interleaved already stay as they are.
  }];
  let options = [
    Option<"layout", "layout", "std::string", /*default=*/"\"twobit\"",
           "dense, twobit, base3, bitplane or columns">,
    Option<"interleave", "interleave", "bool", /*default=*/"false",
           "Interleave the rows of weights for kernels with vectors">
  ];
  let dependentDialects = ["::mlir::tosa::TosaDialect",
                           "::smelt::ternary::TernaryDialect"];
}

def TernaryVerifyInteger : Pass<"ternary-verify-integer"> {
  let summary = "Report every op that has a float type";
  let description = [{
    Fails on each op with a float type among its operands, results, block
    arguments or attributes, the elements of constants included. Attributes named
    `smelt.*` are metadata and may hold floats, and so may the unused float bounds
    of `tosa.clamp`.
  }];
}

def TernaryOutlineKernels
    : Pass<"ternary-outline-kernels", "::mlir::ModuleOp"> {
  let summary = "Make one private function of each distinct op on buffers";
  let description = [{
    Moves every compute op, linalg op and copy at the top level of a public
    function into a private function, named after its kind and size, that is
    passed its buffers and weights. Equal ops share a function, so that code does
    not grow with the number of equal layers. Constant scalars, and views with
    gaps or an offset, are repeated in the function. The range of one row
    (`ternary.absmax`) and the codes that are made by it become one function.

    ```
    func.func private @matmul_64x784(%x: memref<1x784xi8>, %w: !ternary.weights<64x784 : base3>, %y: memref<1x64xi32>)
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def TernaryPlanMemory : Pass<"ternary-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Place all buffers in one static arena";
  let description = [{
    Replaces each `memref.alloc` of a public function, or of a variant of one, by
    a view, at a constant offset, of a global array of bytes `@arena`. Buffers
    share bytes when they are not in use at the same time and hold elements of
    one type, or one of them bytes. After the last call that uses it, a buffer of
    at most 128 KiB is kept for four more steps, where calls have them
    (`smelt.step`): threads would have to wait for one another to write to its
    bytes. Offsets are multiples of 16. All public functions share the arena: two
    must not run at once. The bytes that a function uses become its attribute
    `smelt.arena_bytes`, and `smelt.live_bytes` those that are in use while each
    layer runs.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TernaryListCalls : Pass<"ternary-list-calls", "::mlir::ModuleOp"> {
  let summary = "List which layer calls which kernel, and with which arrays";
  let description = [{
    Lists, as the module's attribute `smelt.layer_calls`, each call of a kernel by
    a public function: the layer that it is of, and the names of the kernel and of
    the constant arrays that it is passed. It runs before what outlines blocks,
    whose calls are those of several layers.
  }];
}

def TernaryTimeKernels : Pass<"ternary-time-kernels", "::mlir::ModuleOp"> {
  let summary = "Call a function of the host after each kernel";
  let description = [{
    Calls the external function `smelt_kernel_mark` in each public function: with
    -1 at its start, and after each call of a kernel with the number of that call.
    The module's attribute `smelt.kernel_calls` says by these numbers which
    function calls which kernel for which layer, the bytes of weights that the
    kernel reads, and its integer operations: two for each weight and row of
    input. It runs after `ternary-outline-kernels`, before what shares kernels
    among threads and outlines blocks: there each call still is a call of its own.

    ```
    call @smelt_kernel_mark(%c-1_i32) : (i32) -> ()
    call @matmul_64x784(%x, %w, %y)
    call @smelt_kernel_mark(%c0_i32) : (i32) -> ()
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect"];
}

def TernaryMakeVariants : Pass<"ternary-make-variants", "::mlir::ModuleOp"> {
  let summary = "Make a variant of each public function for each of several CPUs";
  let description = [{
    Copies each public function, and the functions that it calls, for each variant
    that the module's attribute `smelt.variants` lists. The copies are private, end
    in the variant's name, and have its CPU and features: `target_cpu` and
    `target_features` as `llvm.func` has them, and `smelt.features` for
    `convert-ternary-to-loops`. Weights and other globals are shared.

    A public function then calls the copy whose number the external function
    `variant_in_use` returns, which `convert-variants-to-x86` defines; for others
    than those of `smelt.variants`, the first one.

    ```
    module attributes {smelt.variants = [
        {name = "x86-64-v2", cpu = "x86-64-v2", features = ["ssse3"],
         target_features = ["+ssse3"]}, ...]} {
      func.func @net(%x: memref<1x784xi8>, %y: memref<1x10xi32>) {
        %v = call @variant_in_use() : () -> i32
        %i = arith.index_cast %v : i32 to index
        scf.index_switch %i
        case 1 { func.call @net_x86_64_v3(%x, %y) ... }
        default { func.call @net_x86_64_v2(%x, %y) ... }
    ```

    It runs after kernels are outlined and before they become loops. A module
    without the attribute is left as it is.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::scf::SCFDialect"];
}

def TernaryOrderKernels : Pass<"ternary-order-kernels", "::mlir::ModuleOp"> {
  let summary = "Order kernels so that threads wait for one another less often";
  let description = [{
    Orders the calls of kernels in each public function, or variant of one, by how
    many must be made before them, one after the other. Those that do not depend
    on one another, such as the three products of a layer's queries, keys and
    values, then follow one another, and `ternary-share-work` has threads wait only
    after all of them.

    A function in which anything but calls and allocations has effects is left as
    it is. Allocations must not have their places yet: buffers live longer.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TernaryShareWork : Pass<"ternary-share-work", "::mlir::ModuleOp"> {
  let summary = "Let threads share the work of each kernel";
  let description = [{
    Moves the body of each public function, or variant of one, into a private
    one, `NAME_part`, which every thread of a team runs: its call is marked
    `smelt.parallel`. There each kernel is told the number of the thread, how many
    there are, and the places between which the thread's part of all work lies,
    which `thread_place` gives. Of its loops that are marked `smelt.shared` a
    thread runs its part. A loop that computes sums or extremes gives each thread
    those of its part; the threads wait for one another, and each combines what
    all of them have. A kernel that writes anything outside of such loops is left
    to thread 0, but for results that it stores after them; what it goes on with
    of these it does not load again, so that each thread has it.
    Before a kernel that reads or writes what others since the last time wrote, or
    writes what they read, the threads wait for one another, unless each thread
    has to do with its own part of these bytes alone: the loops of both kernels
    are divided alike. So all threads read and write as one would, and the
    results do not depend on their number.

    An argument for constants of 64 KiB or more, of which each thread reads a part
    of its own, gets the attribute `smelt.thread_part`: the bytes that are divided and
    what the parts begin at multiples of.

    A function in which anything but calls has effects, or that calls a function
    without a body, is left as it is. The calls that `ternary-time-kernels` added
    are made by every thread.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
}

def TernaryOrderLoops : Pass<"ternary-order-loops", "::mlir::func::FuncOp"> {
  let summary = "Order the loops of linalg ops so that compilers vectorize them";
  let description = [{
    Of ops on memrefs: one that computes each element from those at the same
    place of other arrays without gaps becomes one loop over all of them;
    pooling (NHWC) becomes a `linalg.generic` whose innermost loop is that over
    the channels, which lie side by side, and not those over the window.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TernaryOutlineBlocks : Pass<"ternary-outline-blocks", "::mlir::ModuleOp"> {
  let summary = "Make one private function of the equal blocks of a network";
  let description = [{
    Finds, in each function, the sequence of calls that is repeated at
    once and covers the most of the function, moves it into a private function,
    and calls that once for each repetition; and so on for what is left. The
    function is passed what differs between repetitions, such as weights, and what
    cannot be made again within it. So the code of a network of N equal blocks
    does not grow with N.
  }];
  let options = [
    Option<"minCalls", "min-calls", "int64_t", /*default=*/"8",
           "The fewest calls that are worth a function">
  ];
  let dependentDialects = ["::mlir::func::FuncDialect"];
}

def TernaryFetchWeights : Pass<"ternary-fetch-weights", "::mlir::ModuleOp"> {
  let summary = "Have threads fetch weights while they wait for one another";
  let description = [{
    Of two threads that multiply with their parts of the weights, one is done
    first. Before the first time that threads wait after a product, each is told
    what it reads in the next one: `thread_reads` is called with its number, the
    address of its part (`smelt.thread_part`, which `ternary-share-work` gave the
    kernel's argument), and how many bytes it may fetch while it waits. Weights
    are arguments of the function that calls the kernel, or globals.
  }];
  let options = [
    Option<"mostBytes", "most-bytes", "int64_t", /*default=*/"524288",
           "The most bytes that a thread fetches: of its second cache a part">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TernaryProtectArguments
    : Pass<"ternary-protect-arguments", "::mlir::func::FuncOp"> {
  let summary = "Keep bufferization from writing to a network's inputs";
  let description = [{
    Marks the tensor arguments of a public function `bufferization.writable =
    false`, but for those with `smelt.state`, which are the caller's memory from
    one call to the next.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def TernaryPackState
    : Pass<"ternary-pack-state", "::mlir::func::FuncOp"> {
  let summary = "Put what a network remembers into one buffer of the caller's";
  let description = [{
    Replaces the memref arguments of a public function that have `smelt.state`
    by one memref of bytes, where the first of them was. Each becomes a view of
    it, in order, at a multiple of 64. There are as many results with
    `smelt.state`: each is what the argument of its place becomes, and goes. One
    that is not that argument, written in place, is copied to it.

    A function with the attribute `smelt.sequences` keeps the state of so many
    sequences, over which the first dimension of each of these arguments goes.
    What one sequence has of all of them is packed as above; that of the next
    follows.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def TernaryForwardResults
    : Pass<"ternary-forward-results", "::mlir::func::FuncOp"> {
  let summary = "Compute results where the caller wants them";
  let description = [{
    Where a function ends by copying a buffer of its own, in any shape, to an
    argument, the argument takes the buffer's place.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def TernaryCheckRanges : Pass<"ternary-check-ranges", "::mlir::ModuleOp"> {
  let summary = "Prove that no sum overflows";
  let description = [{
    Bounds, in closed form and from the weights themselves, what each op on integer
    tensors computes on the way to its result:

    - an accumulator: `max|x| * sum of |scale * weight|` of each row, and for
      `twobit` and `base3` the sum over the codes as well;
    - a value to be rescaled: `|x| * |multiplier| + |offset|`, and the sums of
      `ternary.add` and `ternary.mul`, in 64 bits;
    - a sum of `ternary.sum_pool2d` or `tosa.matmul`.

    `max|x|` comes from constants and from the clamp of the op that made `x`, else
    from its type. Every bound that does not fit is an error.
  }];
  let options = [
    Option<"widen", "widen", "bool", /*default=*/"false",
           "Give a requantized op whose i32 accumulators could overflow i64 ones">
  ];
}

def TosaSinkTransposes : Pass<"tosa-sink-transposes", "::mlir::func::FuncOp"> {
  let summary = "Move layout transposes down and cancel them";
  let description = [{
    A network that comes with channels first has a transpose before and after
    each spatial op. They sink below elementwise ops, reductions, concatenations,
    slices, tiles and paddings until they meet and cancel. Transposes of constants
    are computed, one before a flattening and a `tosa.fully_connected` with
    constant weights goes into the weights, and one that only moves dimensions of
    size 1 becomes a reshape.
  }];
  let dependentDialects = ["::mlir::tosa::TosaDialect"];
}

#endif
