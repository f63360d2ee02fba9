//===- Model.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Model.h"
#include "smelt/Support/InputFiles.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cstring>

using namespace mlir;
using namespace smelt;
using namespace smelt::onnximport;
using llvm::createStringError;
using llvm::Error;
using llvm::Expected;

static Error fail(const llvm::Twine &message) {
  return createStringError(llvm::inconvertibleErrorCode(), message);
}

StringRef onnximport::canonicalDomain(StringRef domain) {
  return domain == "ai.onnx" ? StringRef() : domain;
}

Expected<std::shared_ptr<Model>> Model::load(StringRef path) {
  if (llvm::sys::fs::is_directory(path))
    return fail("it is a folder; give the .onnx file in it");
  auto buffer = readRegularFile(path);
  if (!buffer)
    return buffer.takeError();
  size_t size = (*buffer)->getBufferSize();
  if (size > INT32_MAX)
    return fail(
        "it is larger than the 2 GiB that protobuf allows; save it with "
        "external data");
  auto result = std::make_shared<Model>();
  result->file = path.str();
  if (!result->model.ParsePartialFromArray((*buffer)->getBufferStart(),
                                           static_cast<int>(size)))
    return fail("it is not an ONNX model, or it is truncated");
  if (!result->model.has_graph())
    return fail("it holds no graph: it is not an ONNX model");
  for (const onnx::FunctionProto &function : result->model.functions()) {
    StringRef domain = canonicalDomain(function.domain());
    result->functions[(domain + ":" + function.name()).str()] = &function;
  }
  return result;
}

const onnx::FunctionProto *Model::findFunction(StringRef domain,
                                               StringRef name) const {
  return functions.lookup((canonicalDomain(domain) + ":" + name).str());
}

Expected<ArrayRef<char>>
Model::externalBytes(const onnx::TensorProto &tensor,
                     std::shared_ptr<const void> &owner) {
  StringRef location;
  uint64_t offset = 0, length = 0;
  bool hasLength = false;
  for (const onnx::StringStringEntryProto &entry : tensor.external_data()) {
    StringRef value = entry.value();
    if (entry.key() == "location")
      location = value;
    else if (entry.key() == "offset" && value.getAsInteger(10, offset))
      return fail("external data offset '" + value + "' is not a number");
    else if (entry.key() == "length") {
      if (value.getAsInteger(10, length))
        return fail("external data length '" + value + "' is not a number");
      hasLength = true;
    }
  }
  namespace path = llvm::sys::path;
  bool leaves = location.empty() || location.contains('\0') ||
                path::is_absolute(location);
  for (StringRef part :
       llvm::make_range(path::begin(location), path::end(location)))
    leaves |= part == "..";
  if (leaves)
    return fail("external data location '" + location +
                "' is not inside the model's folder");
  std::shared_ptr<llvm::MemoryBuffer> &data = externalFiles[location];
  if (!data) {
    SmallString<256> folder(path::parent_path(file)), full, root;
    if (folder.empty())
      folder = ".";
    full = folder;
    path::append(full, location);
    // A symbolic link must not lead out of the folder either.
    SmallString<256> real;
    if (llvm::sys::fs::real_path(full, real) ||
        llvm::sys::fs::real_path(folder, root))
      return fail("cannot read external data '" + location + "'");
    if (!StringRef(real).starts_with(root) || real.size() <= root.size() ||
        (root != "/" && real[root.size()] != '/'))
      return fail("external data location '" + location +
                  "' is not inside the model's folder");
    if (!llvm::sys::fs::is_regular_file(real))
      return fail("external data '" + location + "' is not a regular file");
    auto buffer = llvm::MemoryBuffer::getFile(real, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!buffer)
      return fail("cannot read external data '" + location +
                  "': " + buffer.getError().message());
    data = std::move(*buffer);
  }
  uint64_t available = data->getBufferSize();
  if (!hasLength)
    length = offset <= available ? available - offset : 0;
  if (offset > available || length > available - offset)
    return fail("external data [" + llvm::Twine(offset) + ", +" +
                llvm::Twine(length) + ") exceeds the " +
                llvm::Twine(available) + " bytes of '" + location + "'");
  owner = data;
  return ArrayRef<char>(data->getBufferStart() + offset, length);
}

/// Bits of an element in raw data.
static unsigned storedBits(DataType type) {
  switch (type) {
  case DataType::Double:
    return 64;
  case DataType::Float16:
  case DataType::BFloat16:
    return 16;
  case DataType::UInt4:
  case DataType::Int4:
    return 4;
  case DataType::UInt2:
  case DataType::Int2:
    return 2;
  default:
    return 8 * elementSize(type);
  }
}

/// Converts an element of a type that is not held as it is stored.
static void convertElement(Tensor &result, int64_t index, DataType type,
                           const char *bytes) {
  if (type == DataType::Double) {
    double value;
    std::memcpy(&value, bytes + index * 8, 8);
    result.setReal(index, value);
    return;
  }
  unsigned bits = storedBits(type);
  if (bits == 16) {
    uint16_t value;
    std::memcpy(&value, bytes + index * 2, 2);
    const llvm::fltSemantics &semantics =
        type == DataType::Float16 ? APFloat::IEEEhalf() : APFloat::BFloat();
    APFloat number(semantics, APInt(16, value));
    bool losesInfo;
    number.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    result.setReal(index, number.convertToDouble());
    return;
  }
  unsigned perByte = 8 / bits;
  int value = static_cast<uint8_t>(bytes[index / perByte]) >>
              (bits * (index % perByte));
  value &= (1 << bits) - 1;
  bool isSigned = type == DataType::Int4 || type == DataType::Int2;
  if (isSigned && value >> (bits - 1))
    value -= 1 << bits;
  result.setInteger(index, value);
}

static bool isHeldAsStored(DataType type) {
  return heldAs(type) == type && storedBits(type) >= 8;
}

static Expected<TensorPtr> fromBytes(DataType type, ArrayRef<int64_t> shape,
                                     int64_t count, ArrayRef<char> bytes,
                                     std::shared_ptr<const void> owner) {
  uint64_t expected = (count * storedBits(type) + 7) / 8;
  if (bytes.size() != expected)
    return fail("its shape needs " + llvm::Twine(expected) +
                " bytes of data, but it has " + llvm::Twine(bytes.size()));
  if (isHeldAsStored(type)) {
    bool isAligned =
        reinterpret_cast<uintptr_t>(bytes.data()) % elementSize(type) == 0;
    if (isAligned && type != DataType::Bool)
      return std::make_shared<Tensor>(type, shape, bytes, std::move(owner));
    std::shared_ptr<Tensor> copy = Tensor::allocate(type, shape);
    if (!bytes.empty())
      std::memcpy(copy->mutableBytes(), bytes.data(), bytes.size());
    return copy;
  }
  std::shared_ptr<Tensor> result = Tensor::allocate(heldAs(type), shape);
  for (int64_t i = 0; i < count; ++i)
    convertElement(*result, i, type, bytes.data());
  return result;
}

template <typename T>
static ArrayRef<char> bytesOf(const google::protobuf::RepeatedField<T> &field) {
  return ArrayRef<char>(reinterpret_cast<const char *>(field.data()),
                        field.size() * sizeof(T));
}

/// From int32_data, whose elements hold a value, the bits of a half, or the
/// byte of packed elements.
static Expected<TensorPtr> fromInt32s(const onnx::TensorProto &tensor,
                                      DataType type, ArrayRef<int64_t> shape,
                                      int64_t count) {
  unsigned bits = storedBits(type);
  int64_t perEntry = bits < 8 ? 8 / bits : 1;
  if (tensor.int32_data_size() !=
      static_cast<int64_t>(llvm::divideCeil(count, perEntry)))
    return fail("its shape has " + llvm::Twine(count) +
                " elements, but its data " +
                llvm::Twine(tensor.int32_data_size() * perEntry));
  SmallVector<char> packed;
  size_t width = std::max(1u, bits / 8);
  for (int32_t value : tensor.int32_data()) {
    const char *bytes = reinterpret_cast<const char *>(&value);
    packed.append(bytes, bytes + width);
  }
  if (!isHeldAsStored(type))
    return fromBytes(type, shape, count, packed, nullptr);
  std::shared_ptr<Tensor> result = Tensor::allocate(type, shape);
  for (int64_t i = 0; i < count; ++i)
    result->setInteger(i, tensor.int32_data(static_cast<int>(i)));
  return result;
}

Expected<TensorPtr> Model::loadTensor(const onnx::TensorProto &tensor) {
  auto type = static_cast<DataType>(tensor.data_type());
  if (heldAs(type) == DataType::Undefined)
    return fail("element type " + nameOf(type) + " (" +
                llvm::Twine(tensor.data_type()) + ") is not supported");
  if (tensor.has_segment())
    return fail("segmented tensors are not supported");
  Shape shape(tensor.dims().begin(), tensor.dims().end());
  std::optional<int64_t> count = countElements(shape);
  if (!count)
    return fail("its shape is negative or too large");
  std::shared_ptr<const void> owner = shared_from_this();
  if (tensor.data_location() == onnx::TensorProto::EXTERNAL) {
    Expected<ArrayRef<char>> bytes = externalBytes(tensor, owner);
    if (!bytes)
      return bytes.takeError();
    return fromBytes(type, shape, *count, *bytes, owner);
  }
  if (tensor.has_raw_data()) {
    const std::string &raw = tensor.raw_data();
    return fromBytes(type, shape, *count, {raw.data(), raw.size()}, owner);
  }
  switch (type) {
  case DataType::Float:
    return fromBytes(type, shape, *count, bytesOf(tensor.float_data()), owner);
  case DataType::Double:
    return fromBytes(type, shape, *count, bytesOf(tensor.double_data()), owner);
  case DataType::Int64:
    return fromBytes(type, shape, *count, bytesOf(tensor.int64_data()), owner);
  case DataType::UInt64:
    return fromBytes(type, shape, *count, bytesOf(tensor.uint64_data()), owner);
  case DataType::UInt32: {
    std::shared_ptr<Tensor> result = Tensor::allocate(type, {});
    if (tensor.uint64_data_size() != *count)
      return fail("its shape has " + llvm::Twine(*count) +
                  " elements, but its data " +
                  llvm::Twine(tensor.uint64_data_size()));
    result = Tensor::allocate(type, shape);
    for (int64_t i = 0; i < *count; ++i)
      result->setInteger(i, tensor.uint64_data(static_cast<int>(i)));
    return result;
  }
  default:
    return fromInt32s(tensor, type, shape, *count);
  }
}
