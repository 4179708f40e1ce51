// The parts of the client that need no network.
#include <nlohmann/json.hpp>

#include "sys/http/client.h"

namespace verge::sys::http {
namespace {

// The `detail` (else `title`) of a problem+json body, or the first words of any other body.
std::string DetailOf(const ClientResponse& response) {
  constexpr size_t kMaxDetail = 1000;
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (json.is_object()) {
    for (const char* key : {"detail", "title"}) {
      const auto it = json.find(key);
      if (it != json.end() && it->is_string()) return it->get<std::string>().substr(0, kMaxDetail);
    }
  }
  std::string text = response.body.substr(0, 200);
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  }
  return text;
}

}  // namespace

Status StatusOf(const ClientResponse& response) {
  if (response.status < 400) return Status::Ok();
  std::string text = "the server answered " + std::to_string(response.status) + " " + ReasonOf(response.status);
  const std::string detail = DetailOf(response);
  if (!detail.empty()) text += ": " + detail;
  switch (response.status) {
    case 400:
    case 405:
    case 415:
    case 422: return VERGE_ERROR(kInvalidArgument, text);
    case 401:
    case 403: return VERGE_ERROR(kPermission, text);
    case 404:
    case 410: return VERGE_ERROR(kNotFound, text);
    case 408:
    case 504: return VERGE_ERROR(kDeadline, text);
    case 409: return VERGE_ERROR(kAlreadyExists, text);
    case 412:
    case 416:
    case 428: return VERGE_ERROR(kFailedPrecondition, text);
    case 413:
    case 431:
    case 507: return VERGE_ERROR(kResourceExhausted, text);
    case 429:
    case 500:
    case 502:
    case 503: return VERGE_ERROR(kUnavailable, text);
    default: return VERGE_ERROR(kInternal, text);
  }
}

Result<ClientResponse> SendOk(Client& client, const ClientRequest& request) {
  VERGE_TRY_ASSIGN(ClientResponse response, client.Send(request));
  VERGE_TRY(StatusOf(response));
  return response;
}

std::string EncodeComponent(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool unreserved = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                            (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' || byte == '~';
    if (unreserved) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

}  // namespace verge::sys::http
