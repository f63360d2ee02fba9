//===- Result.h -------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SMELT_RUNTIME_RESULT_H
#define SMELT_RUNTIME_RESULT_H

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

/// The text part of language model generation: tokenizers, sampling, stop
/// conditions and chat formats. Everything in `smelt::runtime` is plain C++17
/// with PCRE2 and utf8proc, so that generated programs can link it without
/// LLVM. Nothing here throws; what can be wrong in an input is a `Failure`.
namespace smelt::runtime {

/// What was wrong with an input, as one line for its user.
struct Failure {
  std::string message;
};

/// The failure of an operation that has no other result, or nothing.
using MaybeFailure = std::optional<Failure>;

/// A `T`, or why there is none.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : content(std::move(value)) {}
  Result(Failure failure) : content(std::move(failure)) {}

  explicit operator bool() const { return std::holds_alternative<T>(content); }
  T &operator*() {
    assert(*this && "there is only a failure");
    return *std::get_if<T>(&content);
  }
  const T &operator*() const {
    assert(*this && "there is only a failure");
    return *std::get_if<T>(&content);
  }
  T *operator->() { return &**this; }
  const T *operator->() const { return &**this; }

  /// The failure, where there is no value.
  const Failure &failure() const {
    assert(!*this && "there is a value");
    return *std::get_if<Failure>(&content);
  }

private:
  std::variant<T, Failure> content;
};

} // namespace smelt::runtime

#endif
