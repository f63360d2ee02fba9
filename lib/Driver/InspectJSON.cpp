//===- InspectJSON.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InspectReport.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

using namespace mlir;
using namespace smelt;

static llvm::json::Array describeAsJSON(ArrayRef<LayerReport> layers) {
  llvm::json::Array list;
  for (const LayerReport &layer : layers) {
    llvm::json::Object entry{{"name", layer.name},
                             {"op", layer.op},
                             {"input", layer.inputShape},
                             {"result", layer.resultShape},
                             {"constant_bytes", layer.constantBytes},
                             {"arena_bytes", layer.arenaBytes},
                             {"result_bytes", layer.resultBytes},
                             {"additions", layer.additions},
                             {"multiplications", layer.multiplications}};
    if (layer.weights) {
      entry["weights"] = layer.weights->describe();
      entry["planes"] = layer.weights->planes;
      entry["zero_fraction"] = layer.weights->zeroFraction;
      entry["weight_bytes"] = layer.weightBytes;
    }
    list.push_back(std::move(entry));
  }
  return list;
}

static llvm::json::Array listStrings(ArrayRef<std::string> strings) {
  llvm::json::Array list;
  for (const std::string &string : strings)
    list.push_back(string);
  return list;
}

static llvm::json::Array describeFunctions(const CodeReport &code) {
  llvm::json::Array list;
  for (const FunctionCode &function : code.functions)
    list.push_back(
        llvm::json::Object{{"name", function.name},
                           {"public", function.isPublic},
                           {"code_bytes", function.codeBytes},
                           {"frame_bytes", function.frameBytes},
                           {"stack_bytes", function.stackBytes},
                           {"instructions", function.instructions},
                           {"calls", listStrings(function.callees)}});
  return list;
}

static llvm::json::Array describeNativeLayers(const NativeReport &native) {
  llvm::json::Array list;
  for (const NativeLayer &layer : native.layers)
    list.push_back(llvm::json::Object{{"name", layer.name},
                                      {"kernels", listStrings(layer.kernels)},
                                      {"code_bytes", layer.codeBytes},
                                      {"constant_bytes", layer.constantBytes},
                                      {"flash_bytes", layer.countFlash()},
                                      {"arena_bytes", layer.arenaBytes},
                                      {"stack_bytes", layer.stackBytes},
                                      {"instructions", layer.instructions}});
  return list;
}

static llvm::json::Object describeObject(const InspectReport &report) {
  const NativeReport &native = report.native;
  llvm::json::Array sections;
  for (const Section &section : native.sections)
    sections.push_back(
        llvm::json::Object{{"name", section.name}, {"bytes", section.bytes}});
  llvm::json::Object object{
      {"code_bytes", native.countBytes(SectionKind::Code)},
      {"constant_bytes", native.countBytes(SectionKind::Constants)},
      {"ram_bytes", native.countBytes(SectionKind::Memory)},
      {"state_bytes", native.stateBytes},
      {"stack_bytes", native.code.countStackBytes()},
      {"flash_bytes", native.countFlash()},
      {"all_ram_bytes", native.countRAM()},
      {"instructions", native.instructions},
      {"sections", std::move(sections)},
      {"functions", describeFunctions(native.code)},
      {"library_functions", listStrings(native.code.libraryFunctions)}};
  if (report.variants.empty()) {
    object["layers"] = describeNativeLayers(native);
    object["other_code_bytes"] = native.countOtherCode();
    object["other_constant_bytes"] = native.countOtherConstants();
  }
  return object;
}

void smelt::printAsJSON(const InspectReport &report) {
  const MemoryReport &memory = report.memory;
  llvm::json::Array arrays, cpus;
  for (const CPUVariant &variant : report.variants)
    cpus.push_back(variant.name);
  for (const CArray &array : memory.arrays)
    arrays.push_back(llvm::json::Object{{"name", array.name},
                                        {"layer", array.layer},
                                        {"constant", array.isConst},
                                        {"numbers", array.numElements},
                                        {"bytes", array.bytes}});
  llvm::json::Value result =
      llvm::json::Object{{"layers", describeAsJSON(report.layers)},
                         {"arrays", std::move(arrays)},
                         {"constant_bytes", memory.constantBytes},
                         {"one_number_bytes", memory.countScalarBytes()},
                         {"table_bytes", memory.tableBytes},
                         {"arena_bytes", memory.arenaBytes},
                         {"live_bytes", memory.liveBytes},
                         {"variants", std::move(cpus)},
                         {"object", describeObject(report)}};
  llvm::outs() << llvm::formatv("{0:2}", result) << "\n";
}
