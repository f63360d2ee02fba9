//===- OptionGroups.h -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The options that several commands of the driver have. What includes this is
// compiled with exceptions, which CLI11 throws.
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_LIB_DRIVER_OPTIONGROUPS_H
#define SMELT_LIB_DRIVER_OPTIONGROUPS_H

#include "smelt/Driver/Options.h"
#include <CLI/CLI.hpp>

namespace smelt {

/// One of some names; a wrong one is told what it resembles.
CLI::Validator choice(std::initializer_list<llvm::StringRef> names);

/// A number that is not less.
CLI::Validator atLeast(int64_t least);

void addModelOptions(CLI::App &app, ModelOptions &options);
void addQuantizationOptions(CLI::App &app, ModelOptions &options);

/// What a language model does in one pass: the drafts that are checked, and the
/// sequences that are decoded.
void addPasses(CLI::App &app, ModelOptions &options);

/// The threads of a model that is run by this process.
void addThreads(CLI::App &app, ModelOptions &options);

/// The target to make code for.
void addMachineOptions(CLI::App &app, MachineOptions &options);

/// The CPU to make code for, or several of them.
void addCPUOptions(CLI::App &app, MachineOptions &options,
                   bool several = false);

/// The sections and the alignment of a network's data.
void addPlacement(CLI::App &app, DataPlacement &placement);

/// The most memory that a network may take.
void addBudget(CLI::App &app, Budget &budget);

} // namespace smelt

#endif
