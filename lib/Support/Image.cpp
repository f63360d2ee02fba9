//===- Image.cpp ------------------------------------------------*- C++ -*-===//
//
// Part of the Smelt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information. SPDX-License-Identifier:
// Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "smelt/Support/Image.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"
#include <optional>
#include <png.h>

using namespace llvm;
using namespace smelt;

/// The largest width or height that is read.
static constexpr uint64_t maxSide = 1 << 14;

static Error makeError(const Twine &message) {
  return createStringError(inconvertibleErrorCode(), message);
}

bool smelt::isImagePath(StringRef path) {
  return StringSwitch<bool>(sys::path::extension(path).lower())
      .Cases(".png", ".pgm", ".ppm", true)
      .Default(false);
}

static Expected<HostTensor> parsePNG(StringRef contents, int64_t channels) {
  png_image image = {};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_memory(&image, contents.data(),
                                        contents.size()))
    return makeError(Twine("not a PNG file: ") + image.message);
  if (image.width > maxSide || image.height > maxSide) {
    png_image_free(&image);
    return makeError("image is too large");
  }
  image.format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  HostTensor tensor(ElementKind::U8, {image.height, image.width, channels});
  png_color black = {0, 0, 0};
  if (!png_image_finish_read(&image, &black, tensor.bytes.data(), 0, nullptr)) {
    std::string message = image.message;
    png_image_free(&image);
    return makeError("cannot read the PNG file: " + message);
  }
  return tensor;
}

/// Takes a decimal number and what may precede it: blanks and comments.
static std::optional<uint64_t> takeNumber(StringRef &text) {
  while (true) {
    text = text.ltrim();
    if (!text.starts_with("#"))
      break;
    text = text.drop_until([](char c) { return c == '\n'; });
  }
  uint64_t value;
  if (text.consumeInteger(10, value))
    return std::nullopt;
  return value;
}

/// Reads samples of the Netpbm formats P2, P3 (text), P5 and P6 (bytes).
static Expected<std::vector<uint8_t>>
takeSamples(StringRef text, bool isText, uint64_t count, uint64_t maximum) {
  if (text.size() < count)
    return makeError("truncated image");
  std::vector<uint8_t> samples(count);
  if (!isText)
    text = text.drop_front();
  if (!isText && text.size() < count)
    return makeError("truncated image");
  for (uint64_t i = 0; i < count; ++i) {
    std::optional<uint64_t> value =
        isText ? takeNumber(text)
               : std::optional<uint64_t>(static_cast<uint8_t>(text[i]));
    if (!value || *value > maximum)
      return makeError("malformed image");
    samples[i] = static_cast<uint8_t>((*value * 255 + maximum / 2) / maximum);
  }
  return samples;
}

static Expected<HostTensor> parseNetpbm(StringRef contents, int64_t channels) {
  char kind = contents[1];
  StringRef text = contents.drop_front(2);
  std::optional<uint64_t> width = takeNumber(text), height = takeNumber(text),
                          maximum = takeNumber(text);
  if (!width || !height || !maximum || !*width || !*height || !*maximum)
    return makeError("malformed image");
  if (*width > maxSide || *height > maxSide)
    return makeError("image is too large");
  if (*maximum > 255)
    return makeError("images of more than 8 bits a sample are not supported");
  int64_t fileChannels = kind == '2' || kind == '5' ? 1 : 3;
  Expected<std::vector<uint8_t>> samples =
      takeSamples(text, kind == '2' || kind == '3',
                  *width * *height * fileChannels, *maximum);
  if (!samples)
    return samples.takeError();

  HostTensor tensor(ElementKind::U8, {static_cast<int64_t>(*height),
                                      static_cast<int64_t>(*width), channels});
  MutableArrayRef<uint8_t> pixels = tensor.getMutableValues<uint8_t>();
  for (uint64_t i = 0; i < *width * *height; ++i) {
    const uint8_t *from = samples->data() + i * fileChannels;
    uint8_t *to = pixels.data() + i * channels;
    if (fileChannels == channels)
      std::copy_n(from, channels, to);
    else if (channels == 3)
      std::fill_n(to, 3, *from);
    else // the weights of ITU-R BT.601
      *to = static_cast<uint8_t>(
          (from[0] * 299 + from[1] * 587 + from[2] * 114 + 500) / 1000);
  }
  return tensor;
}

Expected<HostTensor> smelt::parseImage(StringRef contents, int64_t channels) {
  if (contents.starts_with("\x89PNG"))
    return parsePNG(contents, channels);
  if (contents.size() > 2 && contents[0] == 'P' &&
      StringRef("2356").contains(contents[1]))
    return parseNetpbm(contents, channels);
  return makeError("not a PNG, PGM or PPM file");
}
