// Bytes as text: lower-case hex, base64 (RFC 4648 section 4, padded) and base64url (section 5, no padding).
// The decoders are strict: any character, length or padding that the encoder would not write is kInvalidArgument.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"

namespace verge::sys {

std::string HexEncode(std::string_view bytes);
Result<std::string> HexDecode(std::string_view text);
std::string Base64Encode(std::string_view bytes);
Result<std::string> Base64Decode(std::string_view text);
std::string Base64UrlEncode(std::string_view bytes);
Result<std::string> Base64UrlDecode(std::string_view text);

}  // namespace verge::sys
