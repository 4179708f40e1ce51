// Files that are part of the program: the dashboard and the API's description; and the health check.
#include "base/embedded_file.h"
#include "hub/api/routes.h"
#include "proto/json.h"
#include "sys/crypto/hash.h"
#include "sys/http/target.h"

// Made by the build (verge_embed).
namespace verge::embed {
std::span<const EmbeddedFile> hub_openapi();
std::span<const EmbeddedFile> hub_web();
}  // namespace verge::embed

namespace verge::hub {
namespace {

const char* ContentTypeOf(std::string_view name) {
  const auto ends_with = [&](std::string_view end) { return name.ends_with(end); };
  if (ends_with(".html")) return "text/html; charset=utf-8";
  if (ends_with(".js")) return "text/javascript; charset=utf-8";
  if (ends_with(".css")) return "text/css; charset=utf-8";
  if (ends_with(".svg")) return "image/svg+xml";
  if (ends_with(".yaml")) return "application/yaml; charset=utf-8";
  return "application/octet-stream";
}

Answer ShowFile(const Call& call, const EmbeddedFile& file) {
  sys::http::Response response;
  const std::string etag = "\"" + sys::Sha256Hex(file.bytes).substr(0, 32) + "\"";
  response.headers.Set("Content-Type", ContentTypeOf(file.name));
  response.headers.Set("ETag", etag);
  response.headers.Set("Cache-Control", "no-cache");  // ask each time; the ETag makes that cheap
  response.headers.Set(
      "Content-Security-Policy",
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'");
  response.headers.Set("X-Content-Type-Options", "nosniff");
  response.headers.Set("X-Frame-Options", "DENY");
  response.headers.Set("Referrer-Policy", "no-referrer");
  if (sys::http::EtagMatches(call.request.headers.Find("If-None-Match"), etag)) {
    response.status = 304;
    return response;
  }
  response.body = file.bytes;
  return response;
}

}  // namespace

Result<Answer> GetHealth(Call& call) {
  return Json(200, R"({"status":"ok","version":)" + proto::QuoteJson(call.services.version) + "}");
}

Result<Answer> GetOpenApi(Call& call) { return ShowFile(call, embed::hub_openapi().front()); }

Result<Answer> GetPage(Call& call) {
  const std::string_view name = call.params.empty() ? std::string_view("index.html") : std::string_view(call.params[0]);
  for (const EmbeddedFile& file : embed::hub_web()) {
    if (file.name == name) return ShowFile(call, file);
  }
  return VERGE_ERROR(kNotFound, "there is nothing at this path: see /api/v1/openapi.yaml");
}

}  // namespace verge::hub
