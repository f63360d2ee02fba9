//===- Npz.cpp --------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Npy.h"
#include "llvm/ADT/ScopeExit.h"
#include <zip.h>

using namespace llvm;
using namespace smelt;

/// No tensor that is read may be larger, whatever an archive claims.
static constexpr uint64_t maxTensorBytes = uint64_t(8) << 30;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

static Expected<std::string> readEntry(zip_t *archive, zip_uint64_t index,
                                       StringRef name) {
  zip_file_t *file = zip_fopen_index(archive, index, 0);
  if (!file)
    return makeError("cannot read '" + name + "': " + zip_strerror(archive));
  auto closeFile = make_scope_exit([&] { zip_fclose(file); });
  std::string contents;
  char buffer[1 << 16];
  while (true) {
    zip_int64_t count = zip_fread(file, buffer, sizeof(buffer));
    if (count < 0)
      return makeError("cannot read '" + name +
                       "': " + zip_file_strerror(file));
    if (count == 0)
      return contents;
    contents.append(buffer, count);
    if (contents.size() > maxTensorBytes)
      return makeError("'" + name + "' is too large");
  }
}

static Expected<std::vector<NamedTensor>> readArchive(zip_t *archive) {
  std::vector<NamedTensor> tensors;
  zip_int64_t count = zip_get_num_entries(archive, 0);
  for (zip_int64_t index = 0; index < count; ++index) {
    const char *path = zip_get_name(archive, index, 0);
    StringRef name = path ? path : "";
    Expected<std::string> contents = readEntry(archive, index, name);
    if (!contents)
      return contents.takeError();
    Expected<HostTensor> tensor = parseNpy(*contents);
    if (!tensor)
      return makeError("'" + name + "': " + toString(tensor.takeError()));
    name.consume_back(".npy");
    tensors.push_back({name.str(), std::move(*tensor)});
  }
  return tensors;
}

Expected<std::vector<NamedTensor>> smelt::parseNpz(StringRef contents) {
  if (contents.empty())
    return makeError("not a .npz file: it is empty");
  zip_error_t problem;
  zip_error_init(&problem);
  auto freeProblem = make_scope_exit([&] { zip_error_fini(&problem); });
  zip_source_t *source = zip_source_buffer_create(
      contents.data(), contents.size(), /*freep=*/0, &problem);
  if (!source)
    return makeError(zip_error_strerror(&problem));
  zip_t *archive = zip_open_from_source(source, ZIP_RDONLY, &problem);
  if (!archive) {
    zip_source_free(source);
    return makeError(Twine("not a .npz file: ") + zip_error_strerror(&problem));
  }
  auto closeArchive = make_scope_exit([&] { zip_discard(archive); });
  return readArchive(archive);
}

/// Adds the tensors, whose bytes `files` keeps until the archive is closed.
static Error addTensors(zip_t *archive, ArrayRef<NamedTensor> tensors,
                        std::vector<std::string> &files) {
  files.reserve(tensors.size());
  for (const NamedTensor &entry : tensors) {
    std::string &file = files.emplace_back();
    raw_string_ostream stream(file);
    writeNpy(entry.tensor, stream);
    zip_source_t *source =
        zip_source_buffer(archive, file.data(), file.size(), /*freep=*/0);
    std::string name = entry.name + ".npy";
    zip_int64_t index =
        source ? zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8)
               : -1;
    if (index < 0) {
      zip_source_free(source);
      return makeError("cannot add '" + entry.name +
                       "': " + zip_strerror(archive));
    }
    // The same tensors make the same file, at any time.
    zip_file_set_dostime(archive, index, 0, (1 << 5) | 1, 0);
  }
  return Error::success();
}

Error smelt::writeNpz(ArrayRef<NamedTensor> tensors, raw_ostream &stream) {
  zip_error_t problem;
  zip_error_init(&problem);
  auto freeProblem = make_scope_exit([&] { zip_error_fini(&problem); });
  zip_source_t *source =
      zip_source_buffer_create(nullptr, 0, /*freep=*/0, &problem);
  if (!source)
    return makeError(zip_error_strerror(&problem));
  auto freeSource = make_scope_exit([&] { zip_source_free(source); });
  zip_source_keep(source);
  zip_t *archive =
      zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &problem);
  if (!archive) {
    zip_source_free(source);
    return makeError(zip_error_strerror(&problem));
  }
  std::vector<std::string> files;
  if (Error error = addTensors(archive, tensors, files)) {
    zip_discard(archive);
    return error;
  }
  if (zip_close(archive) != 0) {
    std::string message = zip_strerror(archive);
    zip_discard(archive);
    return makeError(message);
  }
  if (zip_source_open(source) != 0)
    return makeError("cannot make the .npz file");
  char buffer[1 << 16];
  zip_int64_t count;
  while ((count = zip_source_read(source, buffer, sizeof(buffer))) > 0)
    stream.write(buffer, count);
  zip_source_close(source);
  return count < 0 ? makeError("cannot make the .npz file") : Error::success();
}
