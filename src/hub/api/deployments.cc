// Deployments: which version of an app a group shall run.
#include "hub/api/repository.h"
#include "hub/api/routes.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/random.h"

namespace verge::hub {
namespace {

// Devices would refuse what the publisher has withdrawn: say so before they try.
Status CheckIsSigned(const Call& call, const proto::DeploymentRequest& request) {
  VERGE_TRY_ASSIGN(const std::optional<proto::Release> release, call.store().FindRelease(request.app, request.version));
  if (!release) return Status::Ok();  // the store says what is missing
  VERGE_TRY_ASSIGN(const std::optional<tuf::Target> target,
                   call.services.images->Find(PathOfRelease(request.app, request.version)));
  if (target && "sha256:" + target->sha256 == release->manifest_digest) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, request.app + ":" + std::to_string(request.version) +
                                              ": the publisher has withdrawn it, no device would install it");
}

}  // namespace

Result<Answer> CreateDeployment(Call& call) {
  VERGE_TRY_ASSIGN(const proto::DeploymentRequest request, proto::ParseDeploymentRequest(call.request.body));
  VERGE_TRY(CheckIsSigned(call, request));
  const std::string id = "d-" + sys::HexEncode(sys::RandomBytes(8));
  VERGE_TRY(call.store().AddDeployment(id, request, call.services.NowMs()));
  VERGE_TRY_ASSIGN(const std::vector<std::string> devices, call.store().DeviceIdsOfGroup(request.group));
  for (const std::string& device : devices) call.services.wakeups.Wake(device);
  VERGE_TRY_ASSIGN(const std::optional<proto::Deployment> stored, call.store().FindDeployment(id));
  if (!stored) return VERGE_ERROR(kInternal, "a deployment vanished while it was added");
  return Json(201, proto::ToJson(*stored));
}

Result<Answer> ListDeployments(Call& call) {
  proto::DeploymentList list;
  VERGE_TRY_ASSIGN(list.deployments, call.store().ListDeployments());
  return Json(200, proto::ToJson(list));
}

Result<Answer> GetDeployment(Call& call) {
  VERGE_TRY_ASSIGN(const std::optional<proto::Deployment> found, call.store().FindDeployment(call.params[0]));
  if (!found) return VERGE_ERROR(kNotFound, "there is no deployment " + call.params[0]);
  return Json(200, proto::ToJson(*found));
}

}  // namespace verge::hub
