//===- Checkpoint.cpp -------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Import/HuggingFace/Checkpoint.h"
#include "ConfigSections.h"
#include "Json.h"
#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace smelt;
using namespace smelt::hf;
using namespace llvm;

static constexpr StringLiteral singleFile("model.safetensors");
static constexpr StringLiteral indexFile("model.safetensors.index.json");
static constexpr uint64_t maxIndexBytes = 100'000'000;
/// Of as many files at most it is said what is wrong.
static constexpr size_t maxBrokenFiles = 20;

std::string Checkpoint::getPath(StringRef name) const {
  SmallString<256> path(folder);
  sys::path::append(path, name);
  return path.str().str();
}

const TensorView *Checkpoint::find(StringRef name) const {
  auto found = tensors.find(name);
  return found == tensors.end() ? nullptr : found->second.tensor;
}

std::vector<const TensorView *> Checkpoint::getTensors() const {
  std::vector<const TensorView *> all;
  for (const auto &entry : tensors)
    all.push_back(entry.second.tensor);
  sort(all, [](const TensorView *a, const TensorView *b) {
    return a->name < b->name;
  });
  return all;
}

StringRef Checkpoint::getFile(const TensorView &tensor) const {
  auto found = tensors.find(tensor.name);
  return found == tensors.end() ? StringRef(folder)
                                : StringRef(shards[found->second.shard].path);
}

bool Checkpoint::addFile(StringRef name, Report &report) {
  std::string path = getPath(name);
  Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file) {
    report.error(path, toString(file.takeError()));
    return false;
  }
  shards.push_back({path, std::move(*file)});
  bool isSound = true;
  for (const auto &entry : shards.back().file.getMetadata())
    if (namesRotation(entry.first())) {
      reportRotation(path, "'__metadata__." + entry.first() + "'", report);
      isSound = false;
    }
  for (const TensorView &tensor : shards.back().file.getTensors()) {
    auto [entry, isNew] =
        tensors.try_emplace(tensor.name, Location{&tensor, shards.size() - 1});
    if (isNew)
      continue;
    report.error(path, "tensor '" + tensor.name + "' is also in '" +
                           shards[entry->second.shard].path + "'");
    isSound = false;
  }
  return isSound;
}

/// Whether a path of the index stays in the folder.
static bool isInside(StringRef path) {
  if (path.empty() || path.contains('\0') || path.contains('\\') ||
      sys::path::is_absolute(path))
    return false;
  return none_of(make_range(sys::path::begin(path), sys::path::end(path)),
                 [](StringRef part) { return part == ".."; });
}

/// The names of the tensors of each file of an index, or nothing.
static std::optional<std::map<std::string, std::vector<std::string>>>
readWeightMap(StringRef path, Report &report) {
  auto contents = readRegularFile(path, maxIndexBytes);
  if (!contents) {
    report.error(path, toString(contents.takeError()));
    return std::nullopt;
  }
  Expected<JsonText> text = parseJson((*contents)->getBuffer());
  if (!text) {
    report.error(path, toString(text.takeError()));
    return std::nullopt;
  }
  size_t errorsBefore = report.countErrors();
  for (const std::string &key : text->duplicates)
    report.error(path, "key '" + key + "' stands twice");
  const json::Object *object = text->value.getAsObject();
  const json::Object *map = object ? object->getObject("weight_map") : nullptr;
  if (!map) {
    report.error(path, "'weight_map' is missing or not an object");
    return std::nullopt;
  }
  std::map<std::string, std::vector<std::string>> files;
  for (const auto &[tensor, value] : *map) {
    std::optional<StringRef> file = value.getAsString();
    if (!file)
      report.error(path, "'weight_map." + StringRef(tensor) +
                             "' is not the name of a file");
    else if (!isInside(*file))
      report.error(path, "'weight_map." + StringRef(tensor) + "' is '" + *file +
                             "', which is not a file in this folder");
    else
      files[file->str()].push_back(StringRef(tensor).str());
  }
  if (report.countErrors() != errorsBefore)
    return std::nullopt;
  return files;
}

bool Checkpoint::addIndexed(StringRef indexPath, Report &report) {
  auto files = readWeightMap(indexPath, report);
  if (!files)
    return false;
  size_t numBroken = 0;
  for (const auto &entry : *files)
    if (!addFile(entry.first, report) && ++numBroken == maxBrokenFiles)
      break;
  if (numBroken != 0)
    return false;
  std::vector<std::string> missing;
  size_t numMapped = 0;
  for (const auto &[file, names] : *files) {
    std::string path = getPath(file);
    for (const std::string &name : names) {
      const TensorView *tensor = find(name);
      ++numMapped;
      if (!tensor || getFile(*tensor) != path)
        missing.push_back(name);
    }
  }
  if (!missing.empty()) {
    sort(missing);
    report.error(indexPath, "'weight_map' places tensors in files that do not "
                            "hold them: " +
                                formatNames(missing));
    return false;
  }
  if (numMapped < tensors.size())
    report.warning(indexPath, Twine(tensors.size() - numMapped) +
                                  " tensors of its files are not in "
                                  "'weight_map'; they are read all the same");
  return true;
}

std::optional<Checkpoint> Checkpoint::open(StringRef folder, Report &report) {
  Checkpoint checkpoint;
  checkpoint.folder = folder.str();
  if (!sys::fs::is_directory(folder)) {
    report.error(folder, "it is not a folder; give the folder that holds "
                         "config.json and model.safetensors");
    return std::nullopt;
  }
  std::string single = checkpoint.getPath(singleFile);
  std::string index = checkpoint.getPath(indexFile);
  if (hasEntry(single)) {
    if (!checkpoint.addFile(singleFile, report))
      return std::nullopt;
  } else if (hasEntry(index)) {
    if (!checkpoint.addIndexed(index, report))
      return std::nullopt;
  } else {
    bool isPickled =
        sys::fs::exists(checkpoint.getPath("pytorch_model.bin")) ||
        sys::fs::exists(checkpoint.getPath("pytorch_model.bin.index.json"));
    report.error(folder, Twine("it holds neither ") + singleFile + " nor " +
                             indexFile +
                             (isPickled ? "; save the model again with "
                                          "safe_serialization=True"
                                        : ""));
    return std::nullopt;
  }
  return checkpoint;
}
