//===- Executor.cpp ---------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Driver/Executor.h"
#include "mlir/Pass/PassManager.h"
#include "smelt/Driver/Network.h"
#include "smelt/Pipelines/FloatPipeline.h"

using namespace mlir;
using namespace smelt;

static bool hasFloatInput(const Signature &signature) {
  return llvm::any_of(signature.inputs, [](const Port &port) {
    return port.kind == ElementKind::F32 || port.kind == ElementKind::F64;
  });
}

FailureOr<std::unique_ptr<Executor>>
Executor::create(ModuleOp module, const ModelOptions &modelOptions,
                 const JITOptions &jitOptions) {
  ModelOptions options = modelOptions;
  if (failed(
          selectHostVectors(jitOptions.machine, options, module.getContext())))
    return failure();
  FailureOr<func::FuncOp> entry = findEntry(module);
  if (failed(entry))
    return failure();
  FailureOr<Signature> signature = readSignature(*entry);
  if (failed(signature))
    return failure();
  std::string name = entry->getName().str();
  OwningOpRef<ModuleOp> copy = cast<ModuleOp>(module->clone());
  PassManager manager(module.getContext(), ModuleOp::getOperationName());
  if (hasFloatInput(*signature)) {
    buildFloatToLLVMPipeline(manager);
  } else {
    buildStage(Stage::Loops, options, manager);
    buildStage(Stage::LLVM, options, manager);
  }
  if (failed(manager.run(*copy)))
    return failure();
  FailureOr<std::unique_ptr<JITModule>> jit =
      JITModule::create(*copy, {name}, jitOptions);
  if (failed(jit))
    return failure();
  auto executor = std::make_unique<Executor>();
  executor->signature = *signature;
  executor->kernelCalls = readKernelCalls(*copy);
  if (signature->stateBytes)
    executor->state =
        std::make_unique<int64_t[]>(signature->stateBytes / sizeof(int64_t));
  executor->jit = std::move(*jit);
  return executor;
}

std::vector<HostTensor> Executor::makeOutputs() const {
  std::vector<HostTensor> outputs;
  for (const Port &port : signature.outputs)
    outputs.emplace_back(port.kind, port.shape);
  return outputs;
}

void Executor::run(ArrayRef<HostTensor> inputs,
                   MutableArrayRef<HostTensor> outputs) const {
  SmallVector<void *> arguments;
  for (const HostTensor &input : inputs)
    arguments.push_back(const_cast<char *>(input.bytes.data()));
  if (state)
    arguments.push_back(state.get());
  for (HostTensor &output : outputs)
    arguments.push_back(output.bytes.data());
  jit->call(arguments);
}

std::vector<HostTensor> Executor::run(ArrayRef<HostTensor> inputs) const {
  std::vector<HostTensor> outputs = makeOutputs();
  run(inputs, outputs);
  return outputs;
}
