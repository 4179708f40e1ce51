// Publishers, and the releases they signed.
#include "format/package/layout.h"
#include "format/package/manifest.h"
#include "format/package/signature.h"
#include "hub/api/routes.h"
#include "sys/crypto/encode.h"
#include "sys/crypto/sign.h"

namespace verge::hub {
namespace {

constexpr uint64_t kMaxEnvelopeBytes = 65536;
constexpr size_t kMaxSignatures = 16;

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

// The envelopes of all signature manifests that refer to the release's manifest.
Result<std::vector<std::string>> ReadEnvelopes(const Call& call, const proto::ReleaseRequest& request) {
  VERGE_TRY_ASSIGN(const std::vector<ManifestRow> referrers,
                   call.store().ListReferrers(request.app, request.manifest_digest));
  std::vector<std::string> envelopes;
  for (const ManifestRow& row : referrers) {
    if (row.artifact_type != package::kSignatureType || envelopes.size() == kMaxSignatures) continue;
    VERGE_TRY_ASSIGN(const std::string bytes, call.services.blobs->Read(row.digest, package::kMaxManifestBytes));
    const Result<package::SignatureManifest> manifest = package::ParseSignatureManifest(bytes);
    if (!manifest.ok()) continue;  // somebody else's idea of a signature
    VERGE_TRY_ASSIGN(std::string envelope,
                     ReadRepositoryBlob(call, request, manifest->envelope.digest, kMaxEnvelopeBytes));
    envelopes.push_back(std::move(envelope));
  }
  return envelopes;
}

Result<std::vector<std::string>> TrustedKeys(const Call& call) {
  VERGE_TRY_ASSIGN(const std::vector<proto::Publisher> publishers, call.store().ListPublishers());
  std::vector<std::string> keys;
  for (const proto::Publisher& publisher : publishers) {
    VERGE_TRY_ASSIGN(std::string key, sys::Base64Decode(publisher.public_key));
    keys.push_back(std::move(key));
  }
  return keys;
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

// What a device will check too: manifest, config, signature by a publisher of this hub; and that all files are there.
Result<proto::Release> Verify(const Call& call, const proto::ReleaseRequest& request, int64_t manifest_size) {
  VERGE_TRY_ASSIGN(const std::string manifest_bytes,
                   call.services.blobs->Read(request.manifest_digest, package::kMaxManifestBytes));
  VERGE_TRY_ASSIGN(const package::Manifest manifest, package::ParseManifest(manifest_bytes));
  VERGE_TRY_ASSIGN(const std::string config_bytes,
                   ReadRepositoryBlob(call, request, manifest.config.digest, package::kMaxManifestBytes));
  VERGE_TRY_ASSIGN(const std::vector<std::string> envelopes, ReadEnvelopes(call, request));
  VERGE_TRY_ASSIGN(const std::vector<std::string> trusted, TrustedKeys(call));
  VERGE_TRY_ASSIGN(const package::VerifiedPackage verified,
                   package::VerifyPackage({request.app, request.version, request.manifest_digest, manifest_size},
                                          manifest_bytes, config_bytes, envelopes, trusted));
  VERGE_TRY(CheckFiles(call, request, verified.manifest()));
  return proto::Release{request.app,
                        request.version,
                        request.manifest_digest,
                        verified.keyid(),
                        verified.manifest().total_bytes(),
                        call.services.NowMs()};
}

}  // namespace

Result<Answer> CreatePublisher(Call& call) {
  VERGE_TRY_ASSIGN(const proto::PublisherRequest request, proto::ParsePublisherRequest(call.request.body));
  const Result<std::string> key = sys::Base64Decode(request.public_key);
  if (!key.ok() || key->size() != sys::kEd25519PublicBytes) {
    return VERGE_ERROR(kInvalidArgument, "public: expected 32 bytes of Ed25519 public key as base64");
  }
  const proto::Publisher publisher{package::KeyId(*key), request.public_key, request.name};
  VERGE_TRY(call.store().AddPublisher(publisher, call.services.NowMs()));
  return Json(201, proto::ToJson(publisher));
}

Result<Answer> ListPublishers(Call& call) {
  proto::PublisherList list;
  VERGE_TRY_ASSIGN(list.publishers, call.store().ListPublishers());
  return Json(200, proto::ToJson(list));
}

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
