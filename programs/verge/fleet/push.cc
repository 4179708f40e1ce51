#include "verge/fleet/push.h"

#include <cinttypes>
#include <cstdio>
#include <string>
#include <utility>

#include "format/package/manifest.h"
#include "sys/http/client.h"

namespace verge::cli {
namespace {

using package::Descriptor;
using sys::http::ClientRequest;
using sys::http::ClientResponse;
using sys::http::Method;

// The path and query of an upload's Location, which may be a whole URL.
Result<std::string> TargetOf(std::string_view location) {
  if (location.starts_with("https://")) {
    const size_t slash = location.find('/', 8);
    location = slash == std::string_view::npos ? std::string_view() : location.substr(slash);
  }
  if (!location.starts_with('/')) return VERGE_ERROR(kDataLoss, "the hub gave no usable Location for an upload");
  return std::string(location);
}

Result<bool> HasBlob(Hub& hub, const std::string& app, const Descriptor& blob) {
  ClientRequest request;
  request.method = Method::kHead;
  request.target = "/v2/" + app + "/blobs/" + blob.digest;
  VERGE_TRY_ASSIGN(const ClientResponse answer, hub.Send(std::move(request)));
  if (answer.status == 404) return false;
  VERGE_TRY(sys::http::StatusOf(answer));
  return true;
}

Status PushBlob(Hub& hub, const package::Layout& layout, const Descriptor& blob, const std::string& shown) {
  return PushFile(hub, layout.manifest.app, blob, layout.BlobPath(blob.digest), shown);
}

Status PushManifest(Hub& hub, const package::Layout& layout, const Descriptor& manifest, const std::string& reference) {
  VERGE_TRY_ASSIGN(std::string bytes, package::ReadBlob(layout, manifest));
  return PushManifestBytes(hub, layout.manifest.app, std::move(bytes), reference);
}

}  // namespace

Status PushFile(Hub& hub, const std::string& app, const Descriptor& blob, const std::string& path,
                const std::string& shown) {
  VERGE_TRY_ASSIGN(const bool is_there, HasBlob(hub, app, blob));
  std::printf("  %-8s %10" PRId64 " bytes  %s\n", is_there ? "there" : "push", blob.size, shown.c_str());
  std::fflush(stdout);
  if (is_there) return Status::Ok();
  ClientRequest start;
  start.method = Method::kPost;
  start.target = "/v2/" + app + "/blobs/uploads/";
  VERGE_TRY_ASSIGN(const ClientResponse session, hub.Send(std::move(start)));
  VERGE_TRY(sys::http::StatusOf(session));
  VERGE_TRY_ASSIGN(std::string target, TargetOf(session.headers.Find("Location")));
  target += target.find('?') == std::string::npos ? '?' : '&';
  ClientRequest put;
  put.method = Method::kPut;
  put.target = target + "digest=" + sys::http::EncodeComponent(blob.digest);
  put.headers.Set("Content-Type", "application/octet-stream");
  put.body_file = path;
  VERGE_TRY_ASSIGN(const ClientResponse answer, hub.Send(std::move(put)));
  return sys::http::StatusOf(answer).WithContext(shown);
}

Status PushManifestBytes(Hub& hub, const std::string& app, std::string bytes, const std::string& reference) {
  ClientRequest put;
  put.method = Method::kPut;
  put.target = "/v2/" + app + "/manifests/" + reference;
  put.headers.Set("Content-Type", package::kManifestType);
  put.body = std::move(bytes);
  VERGE_TRY_ASSIGN(const ClientResponse answer, hub.Send(std::move(put)));
  return sys::http::StatusOf(answer).WithContext("manifest " + reference);
}

Status PushLayout(Hub& hub, const package::Layout& layout) {
  const package::Manifest& manifest = layout.manifest;
  for (const package::File& file : manifest.files) VERGE_TRY(PushBlob(hub, layout, file.blob, file.path));
  VERGE_TRY(PushBlob(hub, layout, manifest.config, "(config)"));
  return PushManifest(hub, layout, layout.descriptor, std::to_string(manifest.version));
}

}  // namespace verge::cli
