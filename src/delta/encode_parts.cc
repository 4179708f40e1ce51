#include <array>
#include <bit>
#include <cmath>
#include <utility>

#include "delta/header.h"
#include "delta/parts.h"
#include "delta/stream.h"

namespace verge::delta {
namespace {

constexpr uint64_t kMinCopy = 256;  // equal bytes that deserve an instruction; shorter runs are differences of zero

uint32_t Element(std::string_view bytes, size_t at, unsigned width) {
  uint32_t value = 0;
  for (unsigned k = 0; k < width; ++k) value |= uint32_t{static_cast<uint8_t>(bytes[at + k])} << (8 * k);
  return value;
}

// The difference as it is stored, in the lower `8 * width` bits.
uint32_t Difference(Action action, uint32_t old, uint32_t now) {
  if (action == Action::kXor2 || action == Action::kXor4) return old ^ now;
  const unsigned unused = 32 - 8 * WidthOf(action);
  const int32_t signed_difference = static_cast<int32_t>((now - old) << unused) >> unused;
  return static_cast<uint32_t>(ZigZag(signed_difference));
}

// Bits that bytes of these frequencies take at least.
double Entropy(const std::array<uint64_t, 256>& counts) {
  double total = 0;
  double sum = 0;
  for (const uint64_t count : counts) {
    if (count == 0) continue;
    total += static_cast<double>(count);
    sum += static_cast<double>(count) * std::log2(static_cast<double>(count));
  }
  return total == 0 ? 0 : total * std::log2(total) - sum;
}

class Encoder {
 public:
  Encoder(std::string_view base, std::string_view target) : base_(base), target_(target) {}

  Result<std::string> Run(const std::vector<Part>& parts) {
    uint64_t at = 0;
    for (const Part& part : parts) {
      if (part.is_new) {
        Emit(Action::kLiteral, at, part.bytes, 0);
      } else {
        Align(part, at);
      }
      at += part.bytes;
    }
    StreamTable table;
    std::string bodies;
    for (size_t i = 0; i < kStreams; ++i) {
      VERGE_TRY_ASSIGN(const EncodedStream encoded, EncodeStream(streams_[i]));
      table[i] = encoded.entry;
      bodies += encoded.bytes;
    }
    return WriteTable(table) + bodies;
  }

 private:
  // Long equal runs become copies, what lies between differences.
  void Align(const Part& part, uint64_t at) {
    const Action action = Choose(part, at);
    uint64_t pending = 0;  // from here to `i` are differences
    for (uint64_t i = 0; i < part.bytes;) {
      uint64_t run = 0;
      while (i + run < part.bytes && base_[part.base_offset + i + run] == target_[at + i + run]) ++run;
      run -= run % part.width;
      if (run >= kMinCopy || run == part.bytes) {
        Emit(action, at + pending, i - pending, part.base_offset + pending);
        Emit(Action::kCopy, at + i, run, part.base_offset + i);
        pending = i + run;
      }
      i += run > 0 ? run : part.width;
    }
    Emit(action, at + pending, part.bytes - pending, part.base_offset + pending);
  }

  // What takes fewest bits by the frequencies of its bytes.
  Action Choose(const Part& part, uint64_t at) const {
    if (part.width == 1) return Better(part, at, {Action::kSub1});
    if (part.width == 2) return Better(part, at, {Action::kSub2, Action::kXor2});
    return Better(part, at, {Action::kSub4, Action::kXor4});
  }

  Action Better(const Part& part, uint64_t at, std::initializer_list<Action> actions) const {
    std::array<uint64_t, 256> plain{};
    for (uint64_t i = 0; i < part.bytes; ++i) ++plain[static_cast<uint8_t>(target_[at + i])];
    double best = Entropy(plain);
    Action out = Action::kLiteral;
    for (const Action action : actions) {
      std::array<std::array<uint64_t, 256>, 4> planes{};
      for (uint64_t i = 0; i < part.bytes; i += part.width) {
        const uint32_t difference =
            Difference(action, Element(base_, part.base_offset + i, part.width), Element(target_, at + i, part.width));
        for (unsigned k = 0; k < part.width; ++k) ++planes[k][(difference >> (8 * k)) & 0xff];
      }
      double bits = 0;
      for (const auto& counts : planes) bits += Entropy(counts);
      if (bits < best) {
        best = bits;
        out = action;
      }
    }
    return out;
  }

  void Emit(Action action, uint64_t at, uint64_t bytes, uint64_t base_offset) {
    if (bytes == 0) return;
    std::string& control = streams_[kControl];
    control.push_back(static_cast<char>(action));
    PutNumber(control, bytes);
    if (action == Action::kLiteral) {
      streams_[kLiterals] += target_.substr(at, bytes);
      return;
    }
    PutNumber(control, ZigZag(static_cast<int64_t>(base_offset) - static_cast<int64_t>(expected_)));
    expected_ = base_offset + bytes;
    if (action == Action::kCopy) return;
    const unsigned width = WidthOf(action);
    for (uint64_t i = 0; i < bytes; i += width) {
      const uint32_t difference =
          Difference(action, Element(base_, base_offset + i, width), Element(target_, at + i, width));
      for (unsigned k = 0; k < width; ++k) {
        streams_[PlaneOf(action) + k].push_back(static_cast<char>(difference >> (8 * k)));
      }
    }
  }

  static void PutNumber(std::string& out, uint64_t value) {
    for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
  }

  std::string_view base_;
  std::string_view target_;
  std::array<std::string, kStreams> streams_;
  uint64_t expected_ = 0;
};

}  // namespace

Result<std::string> EncodeParts(std::string_view base, std::string_view target, const std::vector<Part>& parts) {
  return Encoder(base, target).Run(parts);
}

}  // namespace verge::delta
