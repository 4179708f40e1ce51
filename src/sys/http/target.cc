#include "sys/http/target.h"

#include <optional>

namespace verge::sys::http {
namespace {

constexpr size_t kMaxQuery = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Percent-decodes. Control characters are refused, decoded or not.
Result<std::string> Decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
      if (high < 0 || low < 0)
        return VERGE_ERROR(kInvalidArgument, "a '%' in the URL is not followed by two hex digits");
      c = static_cast<char>(high * 16 + low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return VERGE_ERROR(kInvalidArgument, "the URL has a control character");
    out += c;
  }
  return out;
}

Status CheckSegments(std::string_view path) {
  size_t start = 1;
  while (start <= path.size()) {
    const size_t slash = path.find('/', start);
    const std::string_view segment = path.substr(start, slash == std::string_view::npos ? slash : slash - start);
    if (segment == "." || segment == "..")
      return VERGE_ERROR(kInvalidArgument, "the URL's path has a '.' or '..' segment");
    if (slash == std::string_view::npos) break;
    start = slash + 1;
  }
  return Status::Ok();
}

Status ParseQuery(std::string_view text, Target& out) {
  while (!text.empty()) {
    const size_t amp = text.find('&');
    const std::string_view pair = text.substr(0, amp);
    text = amp == std::string_view::npos ? std::string_view() : text.substr(amp + 1);
    if (pair.empty()) continue;
    if (out.query.size() == kMaxQuery)
      return VERGE_ERROR(kInvalidArgument, "the URL has more than 64 query parameters");
    const size_t equals = pair.find('=');
    VERGE_TRY_ASSIGN(std::string key, Decode(pair.substr(0, equals), true));
    const std::string_view raw = equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1);
    VERGE_TRY_ASSIGN(std::string value, Decode(raw, true));
    out.query.emplace_back(std::move(key), std::move(value));
  }
  return Status::Ok();
}

// Digits only; empty when there are none or the number is too large.
std::optional<uint64_t> ParseNumber(std::string_view text) {
  if (text.empty() || text.size() > 18) return std::nullopt;
  uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

Result<Target> ParseTarget(std::string_view target) {
  if (target.empty() || target.front() != '/') {
    return VERGE_ERROR(kInvalidArgument, "the request target must start with '/'");
  }
  if (target.find('#') != std::string_view::npos) return VERGE_ERROR(kInvalidArgument, "the request target has a '#'");
  const size_t question = target.find('?');
  Target out;
  VERGE_TRY_ASSIGN(out.path, Decode(target.substr(0, question), false));
  VERGE_TRY(CheckSegments(out.path));
  if (question != std::string_view::npos) VERGE_TRY(ParseQuery(target.substr(question + 1), out));
  return out;
}

ByteRange ParseRange(std::string_view header, uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  const ByteRange whole;
  const ByteRange unsatisfiable{ByteRange::Kind::kUnsatisfiable, 0, 0};
  if (header.substr(0, kUnit.size()) != kUnit) return whole;
  const std::string_view spec = Trim(header.substr(kUnit.size()));
  const size_t dash = spec.find('-');
  if (dash == std::string_view::npos || spec.find(',') != std::string_view::npos) return whole;
  const std::string_view first_text = Trim(spec.substr(0, dash));
  const std::string_view last_text = Trim(spec.substr(dash + 1));
  if (first_text.empty()) {  // the last N bytes
    const std::optional<uint64_t> count = ParseNumber(last_text);
    if (!count) return whole;
    if (*count == 0 || size == 0) return unsatisfiable;
    return {ByteRange::Kind::kPart, *count >= size ? 0 : size - *count, size - 1};
  }
  const std::optional<uint64_t> first = ParseNumber(first_text);
  if (!first) return whole;
  uint64_t last = size == 0 ? 0 : size - 1;
  if (!last_text.empty()) {
    const std::optional<uint64_t> asked = ParseNumber(last_text);
    if (!asked || *asked < *first) return whole;
    if (*asked < last) last = *asked;
  }
  if (*first >= size) return unsatisfiable;
  return {ByteRange::Kind::kPart, *first, last};
}

bool EtagMatches(std::string_view if_none_match, std::string_view etag) {
  if (etag.empty()) return false;
  const auto strip = [](std::string_view tag) { return tag.substr(0, 2) == "W/" ? tag.substr(2) : tag; };
  if (Trim(if_none_match) == "*") return true;
  while (!if_none_match.empty()) {
    const size_t comma = if_none_match.find(',');
    if (strip(Trim(if_none_match.substr(0, comma))) == strip(etag)) return true;
    if (comma == std::string_view::npos) break;
    if_none_match = if_none_match.substr(comma + 1);
  }
  return false;
}

}  // namespace verge::sys::http
