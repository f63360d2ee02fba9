//===- SessionTest.cpp ------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Runtime/Session.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <memory>
#include <vector>

using namespace smelt::runtime;

namespace {
constexpr int64_t kContext = 9, kVocabulary = 5, kVerified = 4;
int64_t numDecoded, numVerified;

/// A model whose cache is its tokens, and whose logits depend on all up to
/// theirs.
void decodeOne(int32_t token, int64_t position, int8_t *cache,
               int32_t *logits) {
  if (position < kContext)
    cache[position] = static_cast<int8_t>(token);
  int32_t hash = 17;
  for (int64_t i = 0; i <= position && i < kContext; ++i)
    hash = (hash * 31 + cache[i]) % 100003;
  for (int32_t i = 0; i < kVocabulary; ++i)
    logits[i] = hash * (i + 1);
}

void decode(const int32_t *token, const int32_t *position, int8_t *cache,
            int32_t *logits) {
  ++numDecoded;
  decodeOne(*token, *position, cache, logits);
}

void verify(const int32_t *tokens, const int32_t *position, int8_t *cache,
            int32_t *logits) {
  ++numVerified;
  for (int64_t i = 0; i < kVerified; ++i)
    decodeOne(tokens[i], *position + i, cache, logits + i * kVocabulary);
}

CompiledModel makeModel() {
  CompiledModel model = {};
  model.decode = decode;
  model.verify = verify;
  model.verify_size = kVerified;
  model.context_length = kContext;
  model.vocabulary_size = kVocabulary;
  model.cache_size = 64;
  model.logit_scale = 1;
  return model;
}

/// A session with memory of its own.
class OwnSession {
public:
  explicit OwnSession(const CompiledModel &model)
      : memory(std::aligned_alloc(64, Session::getMemorySize(model)),
               &std::free),
        session(model, memory.get()) {
    session.reset();
  }
  Session *operator->() { return &session; }
  void read(const std::vector<int32_t> &tokens) {
    session.read(tokens.data(), static_cast<int64_t>(tokens.size()));
  }
  void readAhead(int32_t token, const std::vector<int32_t> &drafts) {
    session.readAhead(token, drafts.data(),
                      static_cast<int64_t>(drafts.size()));
  }
  std::vector<int32_t> getLogits() {
    return {session.getLogits(), session.getLogits() + kVocabulary};
  }

private:
  std::unique_ptr<void, decltype(&std::free)> memory;
  Session session;
};

class SessionTest : public testing::Test {
protected:
  void SetUp() override { numDecoded = numVerified = 0; }

  /// The logits after tokens that are read one by one.
  std::vector<int32_t> getExpected(const std::vector<int32_t> &tokens) {
    int64_t decoded = numDecoded;
    OwnSession session(model);
    session.read(tokens);
    numDecoded = decoded;
    return session.getLogits();
  }

  CompiledModel model = makeModel();
};
} // namespace

TEST_F(SessionTest, ReadsDraftsAtNoCost) {
  OwnSession session(model);
  EXPECT_EQ(session->getDraftRoom(), 3);
  session.read({1, 2});
  session.readAhead(3, {4, 0, 1});
  EXPECT_EQ(session->getPosition(), 3);
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3}));
  EXPECT_FALSE(session->isReadAhead(0));
  EXPECT_TRUE(session->isReadAhead(4));
  session.read({4});
  EXPECT_EQ(session->getPosition(), 4);
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4}));
  session.readAhead(0, {1, 1, 1});
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4, 0}));
  EXPECT_TRUE(session->isReadAhead(1));
  session.read({1});
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4, 0, 1}));
  EXPECT_EQ(numDecoded, 2);
  EXPECT_EQ(numVerified, 1);
  EXPECT_FALSE(session->isReadAhead(1)) << "there were three drafts";
  session.read({2});
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4, 0, 1, 2}));
  EXPECT_EQ(numDecoded, 3);
}

TEST_F(SessionTest, GoesBackWhereDraftsAreWrong) {
  OwnSession session(model);
  session.readAhead(1, {2, 3, 4});
  session.read({2, 0});
  EXPECT_EQ(session->getPosition(), 3);
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 0}));
  EXPECT_FALSE(session->isReadAhead(3)) << "that was after another token";
  session.readAhead(4, {1});
  EXPECT_EQ(numVerified, 2);
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 0, 4}));
  session.readAhead(2, {2});
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 0, 4, 2}));
  session.read({2, 1});
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 0, 4, 2, 2, 1}));
  session->reset();
  EXPECT_FALSE(session->isReadAhead(0));
  session.read({3});
  EXPECT_EQ(session.getLogits(), getExpected({3}));
}

TEST_F(SessionTest, TakesDraftsThatThereIsRoomFor) {
  OwnSession session(model);
  session.read({1, 2, 3, 4, 0, 1});
  EXPECT_EQ(session->getDraftRoom(), 2);
  session.readAhead(2, {3, 4, 0, 1, 2});
  session.read({3, 4});
  EXPECT_EQ(numVerified, 1);
  EXPECT_EQ(session->getRoom(), 0);
  EXPECT_EQ(session->getDraftRoom(), 0);
  EXPECT_FALSE(session->isReadAhead(0));
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4, 0, 1, 2, 3, 4}));
  session->reset();
  session.read({1, 2, 3, 4, 0, 1, 2, 3});
  EXPECT_EQ(session->getDraftRoom(), 0);
  session.readAhead(4, {3});
  EXPECT_EQ(numVerified, 1) << "the last token has no drafts";
  EXPECT_EQ(session.getLogits(), getExpected({1, 2, 3, 4, 0, 1, 2, 3, 4}));
}

TEST_F(SessionTest, DecodesWhereNothingVerifies) {
  model.verify = nullptr;
  model.verify_size = 0;
  OwnSession session(model);
  EXPECT_EQ(session->getDraftRoom(), 0);
  session.readAhead(1, {2, 3});
  EXPECT_FALSE(session->isReadAhead(2));
  session.readAhead(2, {});
  EXPECT_EQ(numDecoded, 2);
  EXPECT_EQ(session.getLogits(), getExpected({1, 2}));
}
