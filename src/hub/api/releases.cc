// Releases: packages that are here whole and that the repository names.
#include "format/package/layout.h"
#include "format/package/manifest.h"
#include "hub/api/repository.h"
#include "hub/api/routes.h"

namespace verge::hub {
namespace {

std::string NameOf(const proto::ReleaseRequest& request) { return request.app + ":" + std::to_string(request.version); }

Status Missing(const proto::ReleaseRequest& request, const std::string& what) {
  return VERGE_ERROR(kFailedPrecondition, NameOf(request) + ": " + what + " is not in the registry: push it first");
}

// A blob of the repository, whole.
Result<std::string> ReadRepositoryBlob(const Call& call, const proto::ReleaseRequest& request,
                                       const std::string& digest, uint64_t limit_bytes) {
  VERGE_TRY_ASSIGN(const std::optional<int64_t> size, call.store().FindBlob(request.app, digest));
  if (!size) return Missing(request, "blob " + digest);
  return call.services.blobs->Read(digest, limit_bytes);
}

// Every file of the package is in the repository with the size the manifest says.
Status CheckFiles(const Call& call, const proto::ReleaseRequest& request, const package::Manifest& manifest) {
  for (const package::File& file : manifest.files) {
    VERGE_TRY_ASSIGN(const std::optional<int64_t> size, call.store().FindBlob(request.app, file.blob.digest));
    if (!size) return Missing(request, file.path + " (blob " + file.blob.digest + ")");
    if (*size != file.blob.size) {
      return VERGE_ERROR(kFailedPrecondition, NameOf(request) + ": " + file.path + " has " + std::to_string(*size) +
                                                  " bytes, its manifest says " + std::to_string(file.blob.size));
    }
  }
  return Status::Ok();
}

// The publisher has signed exactly this manifest as this version of this app.
Status CheckIsSigned(const Call& call, const proto::ReleaseRequest& request, int64_t manifest_size) {
  VERGE_TRY_ASSIGN(const std::optional<tuf::Target> target,
                   call.services.images->Find(PathOfRelease(request.app, request.version)));
  if (!target) {
    return VERGE_ERROR(kFailedPrecondition, "no publisher has signed it: `verge publish` puts it into the repository");
  }
  if ("sha256:" + target->sha256 == request.manifest_digest && target->length == manifest_size) return Status::Ok();
  return VERGE_ERROR(kFailedPrecondition, "the publisher has signed another manifest, sha256:" + target->sha256);
}

// What a device will check too: manifest, config, the repository; and that all files are there.
Result<proto::Release> Verify(const Call& call, const proto::ReleaseRequest& request, int64_t manifest_size) {
  VERGE_TRY_ASSIGN(const std::string manifest_bytes,
                   call.services.blobs->Read(request.manifest_digest, package::kMaxManifestBytes));
  VERGE_TRY_ASSIGN(const package::Manifest manifest, package::ParseManifest(manifest_bytes));
  VERGE_TRY_ASSIGN(const std::string config_bytes,
                   ReadRepositoryBlob(call, request, manifest.config.digest, package::kMaxManifestBytes));
  VERGE_TRY(CheckIsSigned(call, request, manifest_size));
  VERGE_TRY_ASSIGN(const package::VerifiedPackage verified,
                   package::VerifyPackage({request.app, request.version, request.manifest_digest, manifest_size},
                                          manifest_bytes, config_bytes));
  VERGE_TRY(CheckFiles(call, request, verified.manifest()));
  return proto::Release{request.app,
                        request.version,
                        request.manifest_digest,
                        call.services.images->SignerOf(PathOfRelease(request.app, request.version)),
                        verified.manifest().total_bytes(),
                        call.services.NowMs()};
}

}  // namespace

Result<Answer> CreateRelease(Call& call) {
  VERGE_TRY_ASSIGN(const proto::ReleaseRequest request, proto::ParseReleaseRequest(call.request.body));
  VERGE_TRY_ASSIGN(const std::optional<ManifestRow> row,
                   call.store().FindManifest(request.app, request.manifest_digest));
  if (!row) return Missing(request, "manifest " + request.manifest_digest);
  Result<proto::Release> release = Verify(call, request, row->size_bytes);
  if (!release.ok()) {
    const bool is_theirs = release.code() == StatusCode::kPermission || release.code() == StatusCode::kDataLoss ||
                           release.code() == StatusCode::kInvalidArgument;
    if (!is_theirs) return std::move(release).status();
    return VERGE_ERROR(kFailedPrecondition, NameOf(request) + ": " + std::string(release.status().message()));
  }
  VERGE_TRY(call.store().AddRelease(*release, row->size_bytes));
  VERGE_TRY_ASSIGN(const std::optional<proto::Release> stored, call.store().FindRelease(request.app, request.version));
  if (!stored) return VERGE_ERROR(kInternal, "a release vanished while it was added");
  return Json(201, proto::ToJson(*stored));
}

Result<Answer> ListReleases(Call& call) {
  proto::ReleaseList list;
  VERGE_TRY_ASSIGN(list.releases, call.store().ListReleases());
  return Json(200, proto::ToJson(list));
}

}  // namespace verge::hub
