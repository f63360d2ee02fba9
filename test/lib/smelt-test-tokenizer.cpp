//===- smelt-test-tokenizer.cpp ---------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Drives a model's tokenizer from tests. A tokenizer is written out and read
// again before it is used, so that every test covers that, too.
//
//   smelt-test-tokenizer encode TOKENIZER CASES
//     prints the tokens of each of the CASES, which are separated by lines
//     `__ggml_vocab_test__` as in llama.cpp's files of golden tokens
//   smelt-test-tokenizer round-trip TOKENIZER
//     encodes and decodes random texts
//   smelt-test-tokenizer chat TOKENIZER SYSTEM USER...
//     prints the tokens of each turn, decoded
//   smelt-test-tokenizer decode TOKENIZER ID...
//   smelt-test-tokenizer write TOKENIZER
//     prints the serialized form

#include "smelt/Runtime/Chat.h"
#include "smelt/Runtime/Load/LoadTokenizer.h"
#include "smelt/Runtime/Random.h"
#include "smelt/Runtime/Serialization.h"
#include "smelt/Runtime/Tokenizer.h"
#include "smelt/Runtime/Utf8.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace smelt;
using namespace smelt::runtime;

static ExitOnError exitOnError("smelt-test-tokenizer: ");

template <typename T> static T unwrap(Result<T> result) {
  if (!result)
    exitOnError(createStringError(result.failure().message));
  return std::move(*result);
}

static Tokenizer load(StringRef path) {
  std::string bytes = serialize(exitOnError(loadTokenizer(path)));
  return unwrap(Tokenizer::create(unwrap(deserialize(bytes))));
}

static void printIds(ArrayRef<TokenId> ids) {
  for (TokenId id : ids)
    outs() << ' ' << id;
  outs() << '\n';
}

static void encodeCases(const Tokenizer &tokenizer, StringRef path) {
  auto file = exitOnError(errorOrToExpected(MemoryBuffer::getFile(path)));
  SmallVector<StringRef> cases;
  file->getBuffer().split(cases, "\n__ggml_vocab_test__\n");
  // The last separator ends the file.
  if (!cases.empty() && cases.back().empty())
    cases.pop_back();
  for (StringRef text : cases)
    printIds(unwrap(tokenizer.encode(text)));
}

/// Mostly ASCII and common letters, some of everything.
static char32_t randomCharacter(Random &random) {
  static constexpr char32_t bounds[][2] = {
      {' ', ' '},       {'a', 'z'},         {0x20, 0x7E},     {0, 0x7F},
      {0xA0, 0x24F},    {0x370, 0x5FF},     {0x4E00, 0x4FFF}, {'0', '9'},
      {0x2000, 0x206F}, {0x1F300, 0x1F6FF}, {0x80, 0x10FFFF}};
  while (true) {
    auto [low, high] = bounds[random.next() % std::size(bounds)];
    char32_t character =
        low + static_cast<char32_t>(random.next() % (high - low + 1));
    if (character < 0xD800 || character > 0xDFFF)
      return character;
  }
}

/// Whether the text of `ids` is `text`, as a whole and token by token, where
/// no character is ever split.
static bool comesBack(const Tokenizer &tokenizer, ArrayRef<TokenId> ids,
                      const std::string &text) {
  StreamDecoder stream = tokenizer.decodeStream();
  std::string streamed;
  for (TokenId id : ids) {
    stream.push(id, streamed);
    if (findInvalidUtf8(streamed) != std::string::npos)
      return false;
  }
  stream.finish(streamed);
  return streamed == text && tokenizer.decode(ids) == text;
}

static void roundTrip(const Tokenizer &tokenizer) {
  Random random(1);
  EncodeOptions options;
  options.parseSpecial = false;
  unsigned refused = 0, lost = 0;
  for (unsigned test = 0; test < 2000; ++test) {
    std::string text;
    for (uint64_t length = random.next() % 40; length > 0; --length)
      appendUtf8(text, randomCharacter(random));
    auto ids = tokenizer.encode(text, options);
    if (!ids) {
      ++refused;
    } else if (!comesBack(tokenizer, *ids, text) && ++lost < 3) {
      outs() << "lost: ";
      outs().write_escaped(text) << '\n';
    }
  }
  outs() << lost << " of 2000 texts are lost, " << refused << " refused\n";
}

static void chat(const Tokenizer &tokenizer, StringRef system,
                 ArrayRef<const char *> users) {
  DecodeOptions options;
  options.skipSpecial = false;
  ChatTurn turn;
  turn.system = system;
  for (StringRef user : users) {
    turn.user = user;
    auto ids = unwrap(encodeChatTurn(tokenizer, turn));
    printIds(ids);
    outs() << tokenizer.decode(ids, options) << "$\n";
    turn.isFirst = false;
  }
}

int main(int argc, char **argv) {
  ArrayRef<const char *> arguments(argv, argc);
  if (argc < 3) {
    errs() << "usage: smelt-test-tokenizer COMMAND TOKENIZER ...\n";
    return 1;
  }
  StringRef command = arguments[1];
  Tokenizer tokenizer = load(arguments[2]);
  arguments = arguments.drop_front(3);
  if (command == "encode" && arguments.size() == 1) {
    encodeCases(tokenizer, arguments[0]);
  } else if (command == "round-trip") {
    roundTrip(tokenizer);
  } else if (command == "chat" && arguments.size() >= 2) {
    chat(tokenizer, arguments[0], arguments.drop_front());
  } else if (command == "write") {
    outs() << serialize(tokenizer.definition());
  } else if (command == "decode") {
    std::vector<TokenId> ids;
    for (StringRef argument : arguments)
      ids.push_back(static_cast<TokenId>(std::stoul(argument.str())));
    outs() << tokenizer.decode(ids);
  } else {
    errs() << "smelt-test-tokenizer: unknown command\n";
    return 1;
  }
  return 0;
}
