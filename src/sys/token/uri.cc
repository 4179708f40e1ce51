#include <cstdlib>

#include "sys/crypto/encode.h"
#include "sys/token/token.h"

namespace verge::sys {
namespace {

constexpr std::string_view kScheme = "pkcs11:";

Status Bad(std::string_view text) {
  return VERGE_ERROR(kInvalidArgument,
                     std::string(text) + ": expected pkcs11:token=NAME;object=KEY?module-path=LIBRARY (RFC 7512)");
}

Result<std::string> PercentDecode(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    std::string digits(text.substr(i + 1, 2));
    for (char& c : digits) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    const Result<std::string> byte = HexDecode(digits);
    if (digits.size() != 2 || !byte.ok()) return VERGE_ERROR(kInvalidArgument, "a '%' without two hex digits");
    out += *byte;
    i += 2;
  }
  return out;
}

// Reads one "name=value"; names that we do not know make the URI mean something else, so they are refused.
Status ReadAttribute(std::string_view text, TokenUri& out) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return VERGE_ERROR(kInvalidArgument, "an attribute without '='");
  VERGE_TRY_ASSIGN(std::string value, PercentDecode(text.substr(equals + 1)));
  const std::string_view name = text.substr(0, equals);
  std::string* field = name == "token"         ? &out.token
                       : name == "object"      ? &out.object
                       : name == "module-path" ? &out.module
                                               : nullptr;
  if (field == nullptr && name != "type")
    return VERGE_ERROR(kInvalidArgument, "unknown attribute " + std::string(name));
  if (field != nullptr) *field = std::move(value);
  return Status::Ok();
}

}  // namespace

bool IsTokenUri(std::string_view text) { return text.starts_with(kScheme); }

Result<TokenUri> ParseTokenUri(std::string_view text) {
  if (!IsTokenUri(text)) return Bad(text);
  TokenUri out;
  std::string_view rest = text.substr(kScheme.size());
  while (!rest.empty()) {
    const size_t end = rest.find_first_of(";?&");
    if (Status read = ReadAttribute(rest.substr(0, end), out); !read.ok()) {
      return std::move(read).WithContext(text);
    }
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  if (const char* module = std::getenv("VERGE_PKCS11_MODULE"); out.module.empty() && module != nullptr) {
    out.module = module;
  }
  if (out.object.empty() || out.module.empty()) return Bad(text);
  return out;
}

}  // namespace verge::sys
