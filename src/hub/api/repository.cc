// TUF metadata over HTTP: the publisher's repository, and what the director says to one device. docs/formats/tuf.md.
#include "hub/api/repository.h"

#include <utility>

#include "hub/api/routes.h"
#include "tuf/published.h"

namespace verge::hub {

Result<Answer> GetOnlineKeys(Call& call) { return Json(200, PublicKeysJson(call.services.images->keys())); }

Result<Answer> PublishRepository(Call& call) {
  VERGE_TRY_ASSIGN(tuf::Bundle bundle, tuf::ParseBundle(call.request.body));
  VERGE_TRY(call.services.images->Publish(std::move(bundle)));
  return Empty(204);
}

Result<Answer> GetRepositoryFile(Call& call) {
  VERGE_TRY_ASSIGN(std::string text, call.services.images->File(call.params[0]));
  return Json(200, std::move(text));
}

Result<Answer> GetDirector(Call& call) {
  const std::string nonce = call.Query("nonce");
  const bool is_hex = nonce.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (nonce.size() < 32 || nonce.size() > 64 || !is_hex) {
    return VERGE_ERROR(kInvalidArgument, "query parameter nonce: expected 32 to 64 lower-case hex digits");
  }
  const std::string& device = call.identity.name;
  VERGE_TRY_ASSIGN(const proto::Desired desired, call.store().DesiredOf(device));
  tuf::Director director;
  director.version = desired.revision;
  director.device = device;
  director.nonce = nonce;
  for (const proto::DesiredApp& app : desired.apps) {
    const std::string hex = app.manifest_digest.substr(app.manifest_digest.find(':') + 1);
    director.targets[PathOfRelease(app.app, app.version)] = {app.manifest_size, hex, app.deployment};
  }
  VERGE_TRY_ASSIGN(std::string text, call.services.images->SignDirector(std::move(director)));
  return Json(200, std::move(text));
}

}  // namespace verge::hub
