#include "proto/names.h"

#include <algorithm>

namespace verge::proto {
namespace {

bool IsLower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool IsAlnum(char c) { return IsLower(c) || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= 63 && IsLower(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsLower(c) || c == '-'; });
}

bool IsIdentifier(std::string_view text) {
  return !text.empty() && text.size() <= 128 && IsAlnum(text[0]) &&
         std::all_of(text.begin(), text.end(), [](char c) { return IsAlnum(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsDigest(std::string_view text) {
  constexpr std::string_view kPrefix = "sha256:";
  return text.size() == kPrefix.size() + 64 && text.starts_with(kPrefix) &&
         text.find_first_not_of("0123456789abcdef", kPrefix.size()) == std::string_view::npos;
}

bool IsLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace verge::proto
