#include "delta/adaptive.h"

namespace verge::delta {
namespace {

constexpr uint32_t kTop = 1U << 24;

class Encoder {
 public:
  void WriteBit(Bit& context, bool bit) {
    const uint32_t bound = (range_ >> 15) * context.p();
    if (bit) {
      low_ += bound;
      range_ -= bound;
    } else {
      range_ = bound;
    }
    context.Update(bit);
    while (range_ < kTop) {
      range_ <<= 8;
      Shift();
    }
  }

  std::string Finish() {
    for (int i = 0; i < 5; ++i) Shift();
    while (!out_.empty() && out_.back() == '\0') out_.pop_back();  // the reader sees zeros behind the end
    return std::move(out_);
  }

 private:
  // A carry may still run through bytes of 255: they wait until it cannot.
  void Shift() {
    if (low_ < 0xff000000U || low_ > 0xffffffffU) {
      const auto carry = static_cast<uint8_t>(low_ >> 32);
      if (has_cache_) out_.push_back(static_cast<char>(cache_ + carry));
      for (; waiting_ > 0; --waiting_) out_.push_back(static_cast<char>(0xff + carry));
      cache_ = static_cast<uint8_t>(low_ >> 24);
      has_cache_ = true;
    } else {
      ++waiting_;
    }
    low_ = (low_ & 0x00ffffffU) << 8;
  }

  std::string out_;
  uint64_t low_ = 0;
  uint32_t range_ = 0xffffffff;
  uint8_t cache_ = 0;
  bool has_cache_ = false;
  uint64_t waiting_ = 0;
};

}  // namespace

std::string EncodeAdaptive(std::string_view bytes) {
  Encoder encoder;
  ByteModel model;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    encoder.WriteBit(model.zero(), byte != 0);
    if (byte != 0) {
      uint32_t node = 1;
      for (int i = 7; i >= 0; --i) {
        const bool bit = ((byte >> i) & 1) != 0;
        encoder.WriteBit(model.tree(node), bit);
        node = (node << 1) | (bit ? 1U : 0U);
      }
    }
    model.Update(byte);
  }
  return encoder.Finish();
}

AdaptiveDecoder::AdaptiveDecoder(std::string_view bytes) : bytes_(bytes) {
  for (int i = 0; i < 4; ++i) code_ = (code_ << 8) | Next();
}

uint8_t AdaptiveDecoder::Next() { return at_ < bytes_.size() ? static_cast<uint8_t>(bytes_[at_++]) : uint8_t{0}; }

bool AdaptiveDecoder::ReadBit(Bit& context) {
  const uint32_t bound = (range_ >> 15) * context.p();
  const bool bit = code_ >= bound;
  if (bit) {
    code_ -= bound;
    range_ -= bound;
  } else {
    range_ = bound;
  }
  context.Update(bit);
  while (range_ < kTop) {
    range_ <<= 8;
    code_ = (code_ << 8) | Next();
  }
  return bit;
}

void AdaptiveDecoder::Read(std::span<char> out) {
  for (char& c : out) {
    uint32_t byte = 0;
    if (ReadBit(model_.zero())) {
      uint32_t node = 1;
      for (int i = 0; i < 8; ++i) node = (node << 1) | (ReadBit(model_.tree(node)) ? 1U : 0U);
      byte = node & 0xff;
    }
    model_.Update(static_cast<uint8_t>(byte));
    c = static_cast<char>(byte);
  }
}

}  // namespace verge::delta
